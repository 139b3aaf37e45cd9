//! Finding: one product and one byte per enote (protocol 5.1).
//!
//! ```text
//! S_f = k_f·De          keep iff vt1 = h_1("enote/vt1"; net, S_f, De, ic, Ko)
//!                       or, with s_fs, vt1 = h_1("enote/vt1-self"; s_fs, De, ic, Ko)
//! ```
//!
//! Nearly all the time of a scan is spent here, so the products of many enotes are encoded together: k_f/2·De is
//! computed for each, and the encodings of the doubled points share one inversion. One enote in 256 is kept by
//! chance (two with s_fs), which is the privacy of a client whose server holds the key.
//!
//! # What a server learns that holds the key
//!
//! One hit says nothing: a transaction of strangers has one as well, now and then. The rest of protocol 5.1 are the
//! limits of that, and none of them can be repaired by the server's good will.
//!
//! - **Two true tags in one transaction.** Chance gives two of a few outputs a tag of one key about once in 256². So
//!   the server knows that the wallet took part where a transaction pays it twice (to one address or to two, for both
//!   answer to the one key), where a sealed part for it stands beside a locked enote or an output for it, where the
//!   stub of a public move to it stands beside a payment, and in the give mode of a joint transaction, where another
//!   party's bundle pays it and its own bundle pays it change. A wallet with a find server therefore prefers take
//!   mode, in which its own bundle takes its share, and one true self-send is all there is; every other self-send of
//!   that bundle has a decoy.
//! - **Activity.** Hits beyond n/256 show how many payments came in over time. A wallet uses a server only while the
//!   chain gives twenty false hits for each of its own.
//! - **Spends.** With s_fs one self-send of each own transaction is a hit. A server that also passed that transaction
//!   on knows who sent it, so a wallet never sends through the server that holds its find key.
//! - **Addresses.** F_j = k_f·B_j: shown any address, the server knows whether it is this wallet's.

#![allow(non_snake_case)] // Symbols match the equations.

use alloc::vec::Vec;

use super::{Enote, InputContext, PublicEnote, wrap::Exchange};
use crate::{
    NetworkId,
    group::{Element, Point},
    keys::FindKey,
    secret::Secret,
};

/// How many points share an inversion; more would save nothing and leave the cache.
const CHUNK: usize = 256;

/// What finding reads of an enote: of an output, a sealed part, or a public enote.
///
/// ```
/// # use dero_crypto::prelude::*;
/// # let rng = &mut rand::rng();
/// # let net = NetworkId([1; 32]);
/// # let keys = MasterSecret::random(rng).audit_key();
/// # let context = InputContext::bundle(&net, &Anchor::Tag([9; 32]));
/// # let seed = EnoteSeed::random(rng);
/// # let draft = Draft { context: &context, seed: &seed, amount: Amount(30), asset: AssetId::NATIVE };
/// # let made = draft.external(&net, &keys.address_key().address(AddressIndex(3)));
/// use dero_crypto::enote::Findable;
/// let findable = [Findable::new(&context, &made.enote)];
/// let server = keys.view_received().find_key();
/// assert!(server.find_batch(&net, &findable)[0].external);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Findable<'a> {
    /// ic; of a sealed part that of its alternative.
    pub context: &'a InputContext,
    /// Ko.
    pub one_time_key: &'a [u8; 32],
    /// De.
    pub ephemeral_key: &'a [u8; 32],
    /// vt1.
    pub view_tag_1: u8,
}

impl<'a> Findable<'a> {
    /// Of an enote in the given context.
    #[must_use]
    pub const fn new(context: &'a InputContext, enote: &'a Enote) -> Self {
        Self {
            context,
            one_time_key: &enote.one_time_key,
            ephemeral_key: &enote.ephemeral_key,
            view_tag_1: enote.view_tag_1,
        }
    }

    /// Of a public enote in the given context.
    #[must_use]
    pub const fn public(context: &'a InputContext, enote: &'a PublicEnote) -> Self {
        Self {
            context,
            one_time_key: &enote.one_time_key,
            ephemeral_key: &enote.ephemeral_key,
            view_tag_1: enote.view_tag_1,
        }
    }

    /// The key exchange alone.
    #[must_use]
    pub const fn exchange(&self) -> Exchange<'a> {
        Exchange { ephemeral_key: self.ephemeral_key, one_time_key: self.one_time_key, context: self.context }
    }
}

/// By which keys an enote is kept.
///
/// ```
/// # use dero_crypto::prelude::*;
/// # let rng = &mut rand::rng();
/// # let net = NetworkId([1; 32]);
/// # let keys = MasterSecret::random(rng).audit_key();
/// # let context = InputContext::bundle(&net, &Anchor::Tag([9; 32]));
/// # let seed = EnoteSeed::random(rng);
/// # let draft = Draft { context: &context, seed: &seed, amount: Amount(30), asset: AssetId::NATIVE };
/// # let made = draft.external(&net, &keys.address_key().address(AddressIndex(3)));
/// use dero_crypto::enote::{Findable, Found};
/// let found = keys.find_key_with_self().find(&net, &Findable::new(&context, &made.enote));
/// assert!(found.any() && found.external); // perhaps a payment; one foreign enote in 256 looks the same
/// assert!(!Found::default().any());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Found {
    /// By k_f: perhaps a payment from somebody else.
    pub external: bool,
    /// By s_fs: perhaps an own transaction.
    pub self_send: bool,
}

impl Found {
    /// Kept by one key or both.
    #[must_use]
    pub const fn any(self) -> bool {
        self.external | self.self_send
    }
}

impl FindKey {
    /// Decides about one enote. Constant time in the keys.
    ///
    /// A De that is no point matches no key exchange; consensus does not let one in.
    #[must_use]
    pub fn find(&self, net: &NetworkId, enote: &Findable<'_>) -> Found {
        let external = Point::decode(enote.ephemeral_key, "De").is_ok_and(|De| {
            let S_f = Secret::new((De.element() * self.find_key().expose()).compress().to_bytes());
            enote.exchange().view_tag_1(net, S_f.expose()) == enote.view_tag_1
        });
        Found { external, self_send: self.finds_self(enote) }
    }

    /// Decides about many enotes, in their order: as [`find`](Self::find) for each, faster.
    ///
    /// Uses one core; a caller with more divides the list.
    #[must_use]
    pub fn find_batch(&self, net: &NetworkId, enotes: &[Findable<'_>]) -> Vec<Found> {
        let mut found = Vec::with_capacity(enotes.len());
        let mut valid = Vec::with_capacity(CHUNK);
        for chunk in enotes.chunks(CHUNK) {
            valid.clear();
            let product = |enote: &Findable<'_>| {
                let De = Point::decode(enote.ephemeral_key, "De");
                valid.push(De.is_ok());
                De.map_or_else(|_| Element::default(), |De| De.element() * self.half().expose())
            };
            let halves = Secret::new(chunk.iter().map(product).collect::<Vec<_>>());
            let shared = Secret::new(Element::double_and_compress_batch(halves.expose()));
            for ((enote, S_f), valid) in chunk.iter().zip(shared.expose()).zip(&valid) {
                let external = *valid && enote.exchange().view_tag_1(net, S_f.as_bytes()) == enote.view_tag_1;
                found.push(Found { external, self_send: self.finds_self(enote) });
            }
        }
        found
    }

    fn finds_self(&self, enote: &Findable<'_>) -> bool {
        self.find_self_secret().is_some_and(|s_fs| enote.exchange().view_tag_1_self(s_fs) == enote.view_tag_1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_enote_is_kept_by_either_key_and_by_both() {
        for (external, self_send) in [(false, false), (false, true), (true, false), (true, true)] {
            assert_eq!(Found { external, self_send }.any(), external || self_send);
        }
    }
}
