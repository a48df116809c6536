//! bundle-install as people run it: on its own, on a running gateway, and under the real pm2.
//!
//! Tests fail by panics, also in what they share.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod alone;
mod gateway;
mod input;
mod place;
mod stack;
mod under_pm2;
