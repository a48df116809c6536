//! The Codex CLI's login and flags.

use smoke_agents::agent::CODEX;
use smoke_agents::codex::{self, login};
use smoke_core::{program, short};
use smoke_harness::missing;
use smoke_record::options::ModelKind;
use xshell::{Shell, cmd};

use super::finding::Finding;
use super::needs::Needs;
use super::question;

/// What a run needs of `codex exec`, in one spelling or the other.
const FLAGS: [&str; 2] = ["--json", "--experimental-json"];

/// Looks at the login and at the flags, for a profile whose agent is Codex.
pub fn look(needs: &Needs) -> Vec<Finding> {
    if *needs.options.roles.agent != CODEX || needs.profile.stages.is_empty() {
        return Vec::new();
    }
    let by = ["agent".to_owned()];
    let both = flags(needs).into_iter().chain(credentials(needs));
    both.map(|finding| finding.needed_by(&by)).collect()
}

fn credentials(needs: &Needs) -> Option<Finding> {
    if needs.options.roles.model != ModelKind::Live {
        return None;
    }
    let home = codex::users_home(needs.options.parts.codex_home.as_deref(), &needs.environment);
    Some(match login::check(home.as_deref(), &needs.environment) {
        Ok(()) => Finding::ok("codex login", "there is one"),
        Err(cause) => Finding::missing("codex login", cause),
    })
}

fn flags(needs: &Needs) -> Option<Finding> {
    let named = needs.options.parts.codex_cli.as_ref().map_or("codex", |named| named.as_str());
    let path = needs.environment.get("PATH").unwrap_or_default();
    let file = program::find(named, path)?;
    let shell = Shell::new().ok()?;
    let asked = short::read(
        cmd!(shell, "{file} exec --help"),
        &needs.environment,
        &question::bound(&needs.stop),
    );
    let cause = |summary: String| {
        let mut cause = missing::program("codex");
        cause.summary = summary;
        cause
    };
    Some(match asked {
        Ok(help) if FLAGS.iter().any(|flag| help.contains(flag)) => {
            Finding::ok("codex flags", "exec prints its events as JSON")
        }
        Ok(_) => {
            let summary = format!("`{file} exec --help` does not answer as a Codex CLI does");
            Finding::missing("codex flags", cause(summary))
        }
        Err(error) if question::is_open(&error) => {
            Finding::warning("codex flags", question::open(&error), question::AGAIN)
        }
        Err(error) => Finding::missing("codex flags", cause(format!("{error:#}"))),
    })
}
