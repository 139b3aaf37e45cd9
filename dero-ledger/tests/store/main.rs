//! Stores: their contract, and what a failing disk may do to them.

#![allow(clippy::unwrap_used)]

mod conformance;
mod crash;
mod faults;
mod measure;
mod naive;
mod process;
mod reorganise;
