//! The developer's own codex, from which a run takes the login and nothing else.

use camino::Utf8PathBuf;
use smoke_core::environment::Environment;

use crate::run::settings::Settings;

/// Its home: the one that was named, else `CODEX_HOME` as the developer set it, else `~/.codex`.
pub fn users_home(settings: &Settings, environment: &Environment) -> Option<Utf8PathBuf> {
    let named = settings.args.parts.codex_home.clone();
    let set = || std::env::var("CODEX_HOME").ok().filter(|set| !set.is_empty());
    let usual = || Some(Utf8PathBuf::from(environment.get("HOME")?).join(".codex"));
    named.or_else(|| set().map(Utf8PathBuf::from)).or_else(usual)
}
