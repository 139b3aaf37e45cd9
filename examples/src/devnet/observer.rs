//! Somebody with the whole chain and no key, who tries to tie payments to addresses and to each other.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use dero_crypto::{keys::Address, network::NetworkKind};
use dero_ledger::{
    params::Network,
    transaction::{Digests, Transaction},
};
use rand::{SeedableRng as _, rngs::StdRng};

use crate::{
    Failure,
    local::{ChainCopy, Heuristic, Node, Spend},
};

/// What he read, every rule and proof in it checked again.
pub(super) struct Observer {
    chain: ChainCopy,
    payments: Vec<Payment>,
}

struct Payment {
    txid: String,
    length: usize,
    transaction: Transaction,
    spends: Vec<Spend>,
}

/// Whether one payment spends what another one paid, as far as he can tell.
pub(super) struct Link {
    /// Inputs of the later payment.
    pub(super) inputs: usize,
    /// Those whose sets hold an output of the earlier one.
    pub(super) possible: usize,
    /// The least members in one of these sets that are of other transactions.
    pub(super) others: usize,
}

impl Observer {
    /// Reads the chain of `node`.
    pub(super) async fn read(node: &Node, network: &Arc<Network>) -> Result<Self, Failure> {
        let chain = ChainCopy::new(network)?;
        chain.follow(node).await?;
        let mut payments = Vec::new();
        for (_, bytes, transaction) in chain.transactions()? {
            let txid = hex::encode(Digests::of(&transaction, network.id()).txid.0);
            let spends = chain.spends(&transaction)?;
            payments.push(Payment { txid, length: bytes.len(), transaction, spends });
        }
        Ok(Self { chain, payments })
    }

    /// Blocks that he read, and payments in them.
    pub(super) fn counts(&self) -> (u64, usize) {
        (self.chain.height(), self.payments.len())
    }

    /// Places where a part of an address stands in the chain.
    pub(super) fn address_hits(&self, addresses: &[String]) -> Result<usize, Failure> {
        let mut parts = BTreeSet::new();
        for text in addresses {
            let address = Address::from_text(text, NetworkKind::Dev)?;
            let points = [address.spend_key(), address.base(), address.find_key(), address.receive_key()];
            parts.extend(points.map(|point| point.to_bytes()));
        }
        let hits = |body: Vec<u8>| body.windows(32).filter(|window| parts.contains(*window)).count();
        Ok(self.chain.bodies()?.into_iter().map(hits).sum())
    }

    /// Keys, commitments, tags and images of the payments that occur twice.
    pub(super) fn repeated(&self) -> usize {
        let mut seen = BTreeSet::new();
        let bundles = self.payments.iter().flat_map(|payment| &payment.transaction.body.bundles);
        let points = bundles.flat_map(|bundle| {
            let inputs = bundle.inputs.iter();
            let outputs = bundle.outputs.iter().map(|output| &output.enote);
            inputs.flat_map(|input| [input.tag, input.key, input.commitment, input.asset_tag]).chain(
                outputs
                    .flat_map(|enote| [enote.one_time_key, enote.commitment, enote.asset_tag, enote.ephemeral_key]),
            )
        });
        points.filter(|point| !seen.insert(*point)).count()
    }

    /// Whether all payments have one length.
    pub(super) fn look_alike(&self) -> bool {
        self.payments.windows(2).all(|pair| pair[0].length == pair[1].length)
    }

    fn spends(&self) -> impl Iterator<Item = &Spend> {
        self.payments.iter().flat_map(|payment| &payment.spends)
    }

    /// Members of the smallest set among which an input hides.
    pub(super) fn smallest_set(&self) -> usize {
        self.spends().map(|spend| spend.set.members().len()).min().unwrap_or_default()
    }

    /// Inputs whose masks name the member that was spent: one mask for key and commitment, or one in two inputs.
    pub(super) fn careless(&self) -> usize {
        let one_mask = self.spends().filter(|spend| spend.by_one_mask().is_some()).count();
        let mut masks = BTreeMap::new();
        for (input, spend) in self.spends().enumerate() {
            for mask in spend.key_masks() {
                masks.entry(mask.compress().to_bytes()).or_insert_with(BTreeSet::new).insert(input);
            }
        }
        one_mask + masks.values().filter(|inputs| inputs.len() > 1).count()
    }

    /// Tries to find out whether the payment `later` spends an output of the payment `earlier`.
    pub(super) fn link(&self, earlier: &str, later: &str) -> Result<Link, Failure> {
        let payment = |txid: &str| {
            let found = self.payments.iter().find(|payment| payment.txid == txid);
            found.ok_or_else(|| format!("payment {txid} is not in the chain"))
        };
        let outputs = payment(earlier)?.transaction.body.bundles.iter().flat_map(|bundle| &bundle.outputs);
        let paid: BTreeSet<[u8; 32]> = outputs.map(|output| output.enote.one_time_key).collect();
        let spends = &payment(later)?.spends;
        let mut link = Link { inputs: spends.len(), possible: 0, others: usize::MAX };
        for spend in spends {
            let members = spend.set.members();
            let keys = members.iter().map(|member| member.components()[0].compress().to_bytes());
            let of_it = keys.filter(|key| paid.contains(key)).count();
            if of_it > 0 {
                link.possible += 1;
                link.others = link.others.min(members.len() - of_it);
            }
        }
        Ok(link)
    }

    /// For how many inputs each way to guess names one of the places `spent` in the list, and for how many chance does.
    pub(super) fn guesses(&self, spent: &BTreeSet<u64>) -> String {
        let rng = &mut StdRng::from_rng(&mut rand::rng());
        let mut told = Vec::new();
        // What one mask tells is no guess.
        for heuristic in Heuristic::ALL.into_iter().filter(|way| !matches!(way, Heuristic::OneMask)) {
            let right = |spend: &&Spend| {
                let place = heuristic.guess(spend, rng) as u64;
                spent.contains(&(spend.set.start() + place))
            };
            told.push(format!("{heuristic} {}", self.spends().filter(right).count()));
        }
        let by_chance = self.spends().map(|Spend { set, .. }| {
            let size = set.members().len();
            spent.range(set.start()..set.start() + size as u64).count() as f64 / size as f64
        });
        let (inputs, chance) = (self.spends().count(), by_chance.sum::<f64>());
        format!("of {inputs} inputs, guessed rightly: {}; by chance: {chance:.2}", told.join(", "))
    }
}
