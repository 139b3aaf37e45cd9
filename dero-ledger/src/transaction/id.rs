//! Names of things that other things point at: 32-byte hashes, one type each.

use core::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 32]);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    )*};
}

ids! {
    /// A transaction's effect: h_32("tx/id"; body digest). Equal ids have equal effects on equal states; wallets,
    /// contracts and links between transactions use it.
    TxId;
    /// A transaction with its proofs: h_32("tx/wid"; txid and the digests of OutProofs, Auth and Membership).
    /// Memos and Payload stand in it by the digests in Body.
    WitnessId;
    /// The digest of a Body in which every lock record is replaced by its own digest.
    BodyDigest;
    /// m_tx, what every spend proof, authority and issuer signature signs: Body and OutProofs.
    SigningDigest;
    /// A locked enote: h_32("vault/id"; net, ic, enote, digest of its lock record).
    VaultId;
    /// A contract, by its code, salt and first arguments.
    ContractId;
    /// Under which the verdict of steps 6 to 9 may be kept.
    VerdictKey;
}
