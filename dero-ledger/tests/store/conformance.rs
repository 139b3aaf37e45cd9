//! The suite passes good stores and fails each broken one by name.

use dero_ledger::{
    store::{MemoryStore, RedbStore},
    testing::{StoreLaw, check_store, durable_store_conformance, store_conformance},
};

use crate::naive::{Fault, Naive};

#[test]
fn a_store_in_memory_keeps_the_contract() {
    store_conformance(MemoryStore::new);
}

#[test]
fn the_plainest_store_keeps_the_contract() {
    store_conformance(|| Naive::new(Fault::None));
}

#[test]
fn a_broken_store_is_failed_by_name() {
    let table = [
        (Fault::LosesATag, StoreLaw::LosesNothing),
        (Fault::LosesATransaction, StoreLaw::LosesNothing),
        (Fault::LosesValues, StoreLaw::LosesNothing),
        (Fault::LosesABlock, StoreLaw::ViewsAreFresh),
        (Fault::ReordersEnotes, StoreLaw::KeepsOrder),
        (Fault::ReordersNodes, StoreLaw::KeepsOrder),
        (Fault::ReordersTransactions, StoreLaw::KeepsOrder),
        (Fault::FlipsABit, StoreLaw::ChangesNothing),
        (Fault::WrongAccumulator, StoreLaw::ChangesNothing),
        (Fault::StaleViews, StoreLaw::ViewsAreFresh),
        (Fault::MovingViews, StoreLaw::ViewsStandStill),
        (Fault::ShrinkingViews, StoreLaw::ViewsStandStill),
        (Fault::PartialBatch, StoreLaw::AllOrNothing),
        (Fault::PartialIds, StoreLaw::AllOrNothing),
        (Fault::SpendsTwice, StoreLaw::TagsOnce),
        (Fault::SpendsTwiceInABlock, StoreLaw::TagsOnce),
        (Fault::RepeatsIds, StoreLaw::IdsOnce),
        (Fault::AnyParent, StoreLaw::StandsOnTip),
        (Fault::AnyParentOfTheHeight, StoreLaw::StandsOnTip),
        (Fault::AnyTotals, StoreLaw::TotalsFollow),
        (Fault::KeepsTags, StoreLaw::RevertsWholly),
        (Fault::KeepsEnotes, StoreLaw::RevertsWholly),
        (Fault::KeepsTransactions, StoreLaw::RevertsWholly),
        (Fault::ReadsBeyond, StoreLaw::EndsWhereItEnds),
        (Fault::TwoWriters, StoreLaw::OneWriter),
        (Fault::TornReads, StoreLaw::WholeStates),
        (Fault::StartsFull, StoreLaw::StartsEmpty),
    ];
    for (fault, law) in table {
        let failure = check_store(|| Naive::new(fault)).expect_err(&format!("{fault:?} is not found"));
        assert_eq!(failure.law, law, "{fault:?}: {failure}");
        assert!(failure.to_string().starts_with(law.fault()), "{failure}");
    }
}

#[test]
fn a_store_on_a_disk_keeps_the_contract() {
    let net = dero_crypto::NetworkId([7; 32]);
    durable_store_conformance(
        || tempfile::tempdir().unwrap(),
        |folder| RedbStore::open(folder.path(), &net).unwrap(),
    );
}
