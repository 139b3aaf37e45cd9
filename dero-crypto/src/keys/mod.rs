//! Keys, the wallet tiers below them, addresses and linking tags (protocol 2, 3, 6).
