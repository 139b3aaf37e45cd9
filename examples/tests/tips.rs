//! What a wallet does when its nodes do not agree: `demo tips` as tests.

use std::{process::Command, sync::LazyLock};

static SAID: LazyLock<String> = LazyLock::new(|| {
    let output = Command::new(env!("CARGO_BIN_EXE_demo")).arg("tips").output().expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    said.into_owned()
});

#[test]
fn a_wallet_does_not_pay_at_a_tip_that_another_of_its_nodes_does_not_have() {
    assert!(SAID.contains("and does not pay"), "{}", *SAID);
}

#[test]
fn nothing_is_proven_again_over_the_list_of_a_node_after_another_one_refused_it() {
    assert!(SAID.contains("A proves nothing again over that list"), "{}", *SAID);
}

#[test]
fn a_payment_that_a_node_refused_and_keeps_is_not_made_again_beside_it() {
    assert!(SAID.contains("A does not pay the same again beside it"), "{}", *SAID);
}
