//! The three parts of a run that can be swapped: gateway, supervisor and agent.

pub mod agent;
pub mod call_log;
pub mod connection;
pub mod gateway;
pub mod launch;
pub mod supervisor;
