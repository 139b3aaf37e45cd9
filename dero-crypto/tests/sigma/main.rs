//! Spend, link, Schnorr, sealed and balance: what must be refused, one sentence a test.

#![allow(unreachable_pub, reason = "a test binary exports nothing")]
#![allow(non_snake_case, reason = "symbols match the equations")]

mod balance;
mod common;
mod link;
mod nonces;
mod rows;
mod schnorr;
mod sealed;
mod spend;
