//! A wallet looks at an enote that a stranger made.

use dero_crypto::{
    DecodeError,
    asset::{AssetId, KnownAssets},
    codec::Reader,
    commitment::Amount,
    enote::{Enote, Findable, InputContext, MemoEntries, PublicEnote, open_memo},
    keys::MasterSecret,
};

use crate::PARAMETERS;

/// Master secret, context, nonce of the transaction, construction index, 0 and a hidden enote and its memo, or 1 and a
/// public enote with its amount and asset.
pub fn scan(bytes: &[u8]) {
    let _ = scanned(bytes);
}

/// Whether the enote is the wallet's and its memo opens; an error if there is no enote.
pub(crate) fn scanned(bytes: &[u8]) -> Result<(bool, bool), DecodeError> {
    let mut read = Reader::new(bytes, "enote to scan");
    let (net, known) = (&PARAMETERS.net, &KnownAssets::native());
    let keys = MasterSecret::from_bytes(read.array("s_m")?).audit_key();
    let context = &InputContext(read.array("ic")?);
    let (tx_nonce, k) = (&read.array("tx_nonce")?, read.u32("k")?);
    let (enote, one_time_key, memo) = if read.u8("form")? == 0 {
        let hidden = Enote::from_bytes(read.slice(Enote::LEN, "enote")?)?;
        let findable = Findable::new(context, &hidden);
        let found = keys.find_key_with_self().find(net, &findable);
        assert_eq!(keys.find_key_with_self().find_batch(net, &[findable]), [found]);
        (hidden.decode()?, hidden.one_time_key, read.rest())
    } else {
        let public = PublicEnote::from_bytes(read.slice(PublicEnote::LEN, "enote")?)?;
        let (amount, asset) = (Amount(read.u64("a")?), AssetId(read.array("α")?));
        (public.decode(amount, &asset)?, public.one_time_key, read.rest())
    };

    if let Ok(outgoing) = keys.recover_outgoing(context, tx_nonce, k, &enote, known) {
        assert!(outgoing.opening().opens(enote.asset_tag().element(), enote.commitment().element()));
    }
    let _ = keys.recover_all_outgoing(context, tx_nonce, &[enote, enote], known);
    let received = keys.view_received().recognise(net, context, &enote, known).is_ok();
    let own = keys.recognise_self(context, &enote, known).is_ok();
    let found = keys.recognise(net, context, &enote, known);
    assert_eq!(found.is_ok(), received || own);
    let Ok(found) = found else { return Ok((false, false)) };
    assert!(found.opening().opens(enote.asset_tag().element(), enote.commitment().element()));
    assert!(keys.one_time_view(&found).is_ok());
    let Ok(text) = open_memo(found.seed(), &one_time_key, memo) else { return Ok((true, false)) };
    let entries = MemoEntries::read(text.expose());
    let _ = (entries.text(), entries.reply_address(), entries.payment_id());
    Ok((true, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_found_and_a_memo_opens() {
        let seeds = crate::seeds();
        let scanned: Vec<_> =
            seeds.iter().filter(|(of, _)| *of == "scan").filter_map(|(_, seed)| scanned(seed).ok()).collect();
        assert!(
            scanned.contains(&(true, true))
                && scanned.contains(&(true, false))
                && scanned.contains(&(false, false))
        );
    }
}
