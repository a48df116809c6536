//! Errors of the model, as the agent's transcript has them.

use smoke_mcp::excerpt;

use super::facts::{End, Transcript};
use super::observations::Observations;

/// What the agent said if its login is missing, wrong or expired.
///
/// A message about one of its MCP servers is not about its login.
pub fn login(transcript: &Transcript, observed: &Observations) -> Option<String> {
    let failed = failure(transcript).into_iter().chain(transcript.last_error.as_deref());
    let complaints = observed.complaints.iter().map(String::as_str);
    let complaints = complaints.filter(|line| !line.contains("mcp"));
    failed.chain(complaints).find(|said| is_about_login(said)).map(str::to_owned)
}

/// What the agent said if its model cannot be reached or gave up.
pub fn of_model(transcript: &Transcript) -> Option<String> {
    failure(transcript).or(transcript.last_error.as_deref()).map(excerpt)
}

fn failure(transcript: &Transcript) -> Option<&str> {
    match &transcript.end {
        Some(End::Failed { message }) => Some(message),
        _ => None,
    }
}

fn is_about_login(said: &str) -> bool {
    let said = said.to_lowercase();
    let words = [
        "401 unauthorized",
        "status 401",
        "not logged in",
        "log in again",
        "sign in again",
        "codex login",
        "refresh token",
        "access token could not be refreshed",
        "token_expired",
        "invalid_api_key",
        "incorrect api key",
        "missing bearer",
        "missing environment variable",
    ];
    words.iter().any(|words| said.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read;

    fn login_of(line: &str, complaint: &str) -> Option<String> {
        let complaints = vec![complaint.to_owned()];
        login(&read(line.as_bytes()), &Observations { complaints, ..Observations::default() })
    }

    #[test]
    fn a_refused_login_is_known_by_what_is_said_of_it() {
        let failed = r#"{"type":"turn.failed","error":{"message":"unexpected status 401 Unauthorized: Missing bearer"}}"#;
        assert!(login_of(failed, "").is_some());
        let transient = r#"{"type":"error","message":"Your access token could not be refreshed"}"#;
        assert!(login_of(transient, "").is_some());
        assert!(login_of("", "ERROR: Not logged in. Run codex login.").is_some());
    }

    #[test]
    fn other_failures_and_those_of_servers_are_not_about_the_login() {
        let failed = r#"{"type":"turn.failed","error":{"message":"stream disconnected"}}"#;
        assert_eq!(login_of(failed, "ERROR rmcp::transport: 401 Unauthorized"), None);
    }
}
