//! The harness, which carries a run out: the runner, its steps, the roles, and the diagnosis of failures.

mod audit;
pub mod caches;
pub mod cleanup;
pub mod context;
pub mod faults;
mod found;
pub mod guard;
mod host;
pub mod manual;
pub mod missing;
mod orphans;
pub mod own_gateway;
pub mod pm2;
pub mod port;
pub mod python;
pub mod roles;
pub mod runner;
pub mod sampler;
mod servers;
pub mod step;
pub mod steps;
pub mod system;
mod unstartable;
pub mod versions;
