//! Bytes of the compact form.

use alloc::vec::Vec;

use super::{
    CompactBlock, CompactBundle, CompactEffectKind, CompactEnote, CompactLock, CompactTransaction, CompactValues,
};

fn count(items: usize) -> u8 {
    u8::try_from(items).expect("the limits of a transaction are below 256")
}

fn long(items: usize) -> [u8; 4] {
    u32::try_from(items).expect("a block is shorter than 2^32 bytes").to_le_bytes()
}

impl CompactBlock {
    /// The scan part.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = long(self.transactions.len()).to_vec();
        self.transactions.iter().for_each(|transaction| transaction.write(&mut out));
        let coinbase = self.coinbase.encode();
        out.extend(long(coinbase.len()));
        out.extend(coinbase);
        out.extend(long(self.effects.len()));
        for effect in &self.effects {
            out.push(effect.kind.byte());
            out.extend(effect.id);
            out.push(effect.j);
        }
        out
    }
}

impl CompactEffectKind {
    pub(super) fn byte(self) -> u8 {
        match self {
            Self::Released => 1,
            Self::Refunded => 2,
            Self::Returned => 7,
        }
    }
}

impl CompactTransaction {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.txid.0);
        out.push(count(self.bundles.len()));
        self.bundles.iter().for_each(|bundle| bundle.write(out));
        out.push(count(self.moves_out.len()));
        for public_move in &self.moves_out {
            out.push(public_move.bundle);
            out.extend(public_move.contract.0);
            out.extend(public_move.asset.0);
            out.extend(public_move.amount.to_le_bytes());
            out.extend(public_move.stub.to_bytes());
        }
        out.push(count(self.registrations.len()));
        for registration in &self.registrations {
            out.extend([registration.op_index, registration.bundle]);
            let length = u16::try_from(registration.descriptor.len()).expect("a descriptor has 154 bytes at most");
            out.extend(length.to_le_bytes());
            out.extend(&registration.descriptor);
        }
    }
}

impl CompactBundle {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.tx_nonce);
        out.extend([count(self.tags.len()), count(self.vaults.len()), count(self.outputs.len())]);
        let bits = self.outputs.iter().enumerate().filter(|(_, output)| output.lock.is_some());
        out.extend(bits.fold(0u16, |bitmap, (i, _)| bitmap | 1 << i).to_le_bytes());
        if let (true, Some(anchor)) = (self.tags.is_empty(), &self.anchor) {
            let anchor = anchor.to_bytes();
            out.push(count(anchor.len()));
            out.extend(anchor);
        }
        self.tags.iter().for_each(|tag| out.extend(tag));
        self.vaults.iter().for_each(|vault| out.extend(vault.0));
        self.outputs.iter().for_each(|output| output.enote.write(out));
        self.outputs.iter().filter_map(|output| output.lock.as_ref()).for_each(|lock| lock.write(out));
    }
}

impl CompactLock {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.vault.0);
        out.extend(self.contract.0);
        out.extend(self.due.to_le_bytes());
        out.extend(self.accept_by.to_le_bytes());
        out.extend([self.default, count(self.alternatives.len())]);
        for parts in &self.alternatives {
            out.push(count(parts.len()));
            parts.iter().for_each(|part| part.write(out));
        }
    }
}

impl CompactEnote {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.one_time_key);
        out.extend(self.ephemeral_key);
        out.push(self.view_tag_1);
        out.extend(self.view_tag_2);
        out.extend(self.seed_enc);
        out.extend(self.pay_enc);
    }
}

impl CompactValues {
    /// The value part.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64 * self.values.len() + 96 * self.appended.len());
        self.values.iter().flatten().for_each(|point| out.extend(point));
        self.appended.iter().for_each(|enote| out.extend(enote));
        out
    }
}
