//! Versions of MCP: whether a Codex speaks one that the gateway speaks.

use smoke_agents::codex::STATELESS_FEATURE;
use smoke_agents::recipe::Installation;
use smoke_core::cause::{Cause, Code};
use smoke_mcp::{Era, Spoken};

/// Whether codex must be told to speak the stateless version. Nothing is known of a gateway that
/// does not answer, and then codex may say what is wrong.
///
/// # Errors
/// The gateway answers only in a version that this codex does not speak.
pub fn check(installation: &Installation, spoken: Option<&Spoken>) -> Result<bool, Cause> {
    let Some(spoken) = spoken else { return Ok(false) };
    if spoken.era == Era::Events {
        let next = "serve streamable HTTP as well, or put a gateway such as mcp-proxy before it";
        return Err(foreign(spoken, "no version of codex speaks that transport", next));
    }
    if spoken.is_stateless() && !installation.features.contains(STATELESS_FEATURE) {
        let why = format!("this codex has no feature {STATELESS_FEATURE}");
        let next = "npm install --global @openai/codex, or serve a version with sessions as well";
        return Err(foreign(spoken, &why, next));
    }
    Ok(spoken.is_stateless())
}

fn foreign(spoken: &Spoken, why: &str, next: &str) -> Cause {
    let summary = format!("codex cannot use the gateway, which speaks only {spoken}: {why}");
    Cause::new(Code::AgentToolNotOffered, summary, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_codex_that_knows_the_version_is_told_to_speak_it() {
        let installation = |features: &[&str]| Installation {
            argv: vec!["codex".to_owned()],
            version: String::new(),
            options: Default::default(),
            features: features.iter().map(|name| (*name).to_owned()).collect(),
        };
        let spoken = |version: &str, era| Some(Spoken { version: version.to_owned(), era });
        let (old, new) = (installation(&["apps"]), installation(&[STATELESS_FEATURE]));
        let session = spoken("2025-06-18", Era::Session);
        assert!(!check(&new, session.as_ref()).unwrap() && !check(&old, None).unwrap());
        for era in [Era::Stateless, Era::Stdio] {
            let stateless = spoken("2026-07-28", era);
            assert!(check(&new, stateless.as_ref()).unwrap());
            let cause = check(&old, stateless.as_ref()).unwrap_err();
            assert!(cause.summary.contains("MCP 2026-07-28"), "{}", cause.summary);
        }
        let cause = check(&new, spoken("2024-11-05", Era::Events).as_ref()).unwrap_err();
        assert!(cause.summary.contains("with a stream of events"), "{}", cause.summary);
    }
}
