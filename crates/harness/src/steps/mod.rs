//! The steps of a run, a file for each.

mod authors_paths;
mod build;
mod bundle;
mod check;
mod clean;
mod client_repo;
pub mod clone;
mod codex_home;
mod env;
mod logs;
mod overrides;
mod own_config;
mod ready;
mod registry;
mod render;
pub mod requires;
mod setup;
mod stage;
mod start;
mod teardown;
mod verify;

pub use teardown::{end_processes, tear_down};

use smoke_core::cause::Cause;
use smoke_record::plan::Kind;

use crate::context::Context;
use crate::step::{Done, Step};

/// Does what a step of this kind does.
///
/// # Errors
/// Why it failed.
pub fn perform(kind: Kind, context: &Context, step: &Step) -> Result<Done, Cause> {
    match kind {
        Kind::Clone => clone::source(context, step),
        Kind::CloneGateway => clone::gateway(context, step),
        Kind::Requires => requires::look(context, step),
        Kind::Env => env::write(context, step),
        Kind::Setup(index) => setup::run(context, step, index),
        Kind::Build => build::build(context, step),
        Kind::Bundle => bundle::install(context, step),
        Kind::Render => render::render(context, step),
        Kind::Daemon => start::begin(context, step),
        Kind::Start => start::start(context, step),
        Kind::Ready => ready::wait(context, step),
        Kind::Overrides => overrides::fill(context, step),
        Kind::Check(index) => check::run(context, step, index),
        Kind::CodexHome => codex_home::write(context, step),
        Kind::ClientRepo => client_repo::init(context, step),
        Kind::Stage(index) => stage::play(context, step, index),
        Kind::Verify => verify::verify(context, step),
        Kind::Prepare | Kind::Teardown => unreachable!("{} stands alone", kind.word()),
    }
}
