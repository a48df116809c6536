//! The Codex CLI: where it is, what it can do, how it is called, and the developer's own home of it,
//! from which a run takes the login and nothing that it does not need.

mod age;
pub mod config;
pub mod invocation;
pub mod login;
mod recipe;
#[cfg(test)]
pub mod sample;
pub mod session;
pub mod stream;

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::environment::Environment;

pub use age::too_old;
pub use invocation::STATELESS_FEATURE;
pub use recipe::RECIPE;

/// How one is got that a run can use.
pub const INSTALL: &str = "npm install --global @openai/codex, or name one with --codex-cli";

/// Its home: the one that was named, else `CODEX_HOME` as the developer set it, else `~/.codex`.
pub fn users_home(named: Option<&Utf8Path>, environment: &Environment) -> Option<Utf8PathBuf> {
    let named = named.map(Utf8Path::to_owned);
    let set = || std::env::var("CODEX_HOME").ok().filter(|set| !set.is_empty());
    let usual = || Some(Utf8PathBuf::from(environment.get("HOME")?).join(".codex"));
    named.or_else(|| set().map(Utf8PathBuf::from)).or_else(usual)
}
