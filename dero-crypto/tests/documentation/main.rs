//! What the documentation promises an auditor, checked against the sources.

#![allow(unreachable_pub, reason = "a test binary exports nothing")]

mod items;
mod papers;
mod reading;
mod sources;
mod variable_time;
