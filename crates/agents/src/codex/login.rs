//! The developer's login: whether there is one, and what else of their config says who answers.

use std::fs;
use std::time::{Duration, SystemTime};

use camino::Utf8Path;
use serde_json::Value;
use smoke_core::cause::{Cause, Code};
use smoke_core::environment::Environment;
use smoke_core::toml;
use smoke_mcp::base64;

/// The keys of a config that say which model answers. The rest of it, such as the developer's own
/// servers, has no place in a run.
const OF_MODEL: [&str; 6] = [
    "model",
    "model_provider",
    "model_providers",
    "model_reasoning_effort",
    "openai_base_url",
    "chatgpt_base_url",
];
/// A login of this age is renewed by codex when it is used next.
const RENEWED_AFTER: Duration = Duration::from_secs(8 * 24 * 3600);

/// What the developer's config says about the model, as TOML; empty if it says nothing.
pub fn model_settings(home: &Utf8Path) -> String {
    let text = fs::read_to_string(home.join("config.toml")).unwrap_or_default();
    let Ok(config) = toml::parse(&text) else { return String::new() };
    let mut config = config.into_mut();
    let others: Vec<String> =
        config.iter().map(|(key, _)| key.to_owned()).filter(|key| !is_of_model(key)).collect();
    others.iter().for_each(|key| drop(config.remove(key)));
    if config.is_empty() { String::new() } else { config.to_string() }
}

/// The secrets in what the developer's config says about providers of models.
pub fn secrets(home: &Utf8Path) -> Vec<String> {
    let settings = model_settings(home);
    let Ok(config) = toml::parse(&settings) else { return Vec::new() };
    let providers = config.get("model_providers").and_then(|item| item.as_table_like());
    let providers = providers.into_iter().flat_map(|table| table.iter());
    let tables = providers.filter_map(|(_, provider)| provider.as_table_like());
    let values = tables.flat_map(|provider| {
        let token = provider.get("experimental_bearer_token").and_then(|item| item.as_str());
        let headers = provider.get("http_headers").and_then(|item| item.as_table_like());
        let headers = headers.into_iter().flat_map(|headers| headers.iter());
        token.into_iter().chain(headers.filter_map(|(_, value)| value.as_str()))
    });
    values.filter(|value| value.len() >= 8).map(str::to_owned).collect()
}

fn is_of_model(key: &str) -> bool {
    OF_MODEL.contains(&key)
}

/// Whether there is a login that a run can use.
///
/// # Errors
/// There is none, or one that codex would have to renew: a renewal in the run's own home would make
/// the developer's copy worthless.
pub fn check(home: Option<&Utf8Path>, environment: &Environment) -> Result<(), Cause> {
    if environment.get("CODEX_API_KEY").is_some_and(|key| !key.is_empty()) {
        return Ok(());
    }
    let home = home.ok_or_else(|| none("HOME is not set, and neither is CODEX_API_KEY"))?;
    let path = home.join("auth.json");
    let Ok(text) = fs::read_to_string(&path) else {
        return if has_other_provider(home) {
            Ok(())
        } else {
            Err(none(&format!("{path} cannot be read, and CODEX_API_KEY is not set")))
        };
    };
    let login: Value = serde_json::from_str(&text)
        .map_err(|error| none(&format!("{path} is no login of codex: {error}")))?;
    judge(&login, SystemTime::now()).map_err(|why| none(&format!("{path}: {why}")))
}

/// A provider of the developer's own may need no login of codex at all.
fn has_other_provider(home: &Utf8Path) -> bool {
    let settings = model_settings(home);
    let Ok(config) = toml::parse(&settings) else { return false };
    let provider = config.get("model_provider").and_then(|item| item.as_str());
    provider.is_some_and(|name| name != "openai")
}

fn judge(login: &Value, now: SystemTime) -> Result<(), String> {
    if login["OPENAI_API_KEY"].as_str().is_some_and(|key| !key.is_empty()) {
        return Ok(());
    }
    let token = login["tokens"]["access_token"].as_str().unwrap_or_default();
    if token.is_empty() {
        return Err("there is no token in it".to_owned());
    }
    if let Some(end) = expiry(token).filter(|end| *end <= now) {
        return Err(format!("the login expired at {}", humantime::format_rfc3339_seconds(end)));
    }
    let renewed =
        login["last_refresh"].as_str().and_then(|text| humantime::parse_rfc3339_weak(text).ok());
    let age = renewed.and_then(|renewed| now.duration_since(renewed).ok()).unwrap_or_default();
    if age < RENEWED_AFTER {
        return Ok(());
    }
    let days = age.as_secs() / (24 * 3600);
    Err(format!("the login was last renewed {days} days ago, and codex would renew it in the run"))
}

/// When a token says that it ends.
fn expiry(token: &str) -> Option<SystemTime> {
    let claims: Value =
        serde_json::from_slice(&base64::decode_url(token.split('.').nth(1)?)?).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(claims["exp"].as_u64()?))
}

fn none(why: &str) -> Cause {
    let summary = format!("codex has no login that this run can use: {why}");
    let next = "codex login (or use codex once, so that it renews its login), or set CODEX_API_KEY, or use --model scripted";
    Cause::new(Code::AgentAuth, summary, next)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn now() -> SystemTime {
        humantime::parse_rfc3339_weak("2026-06-01T00:00:00Z").unwrap()
    }

    fn token(end: &str) -> String {
        let end = humantime::parse_rfc3339_weak(end).unwrap();
        let seconds = end.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        let claims = base64::encode(json!({"exp": seconds}).to_string().as_bytes());
        format!("e30.{}.sig", claims.trim_end_matches('=').replace('+', "-").replace('/', "_"))
    }

    #[test]
    fn a_login_counts_if_codex_need_not_renew_it() {
        let tokens = |end: &str, renewed: &str| json!({"OPENAI_API_KEY": null, "tokens": {"access_token": token(end)}, "last_refresh": renewed});
        let table = [
            (json!({"OPENAI_API_KEY": "sk-1"}), None),
            (tokens("2026-06-09T00:00:00Z", "2026-05-30T12:00:00.123456Z"), None),
            (tokens("2026-05-09T00:00:00Z", "2026-05-30T12:00:00Z"), Some("expired at 2026-05-09")),
            (tokens("2026-06-09T00:00:00Z", "2026-05-20T00:00:00Z"), Some("12 days ago")),
            (json!({"tokens": {}}), Some("no token")),
            (json!([]), Some("no token")),
            (json!({"tokens": {"access_token": "opaque"}}), None),
        ];
        for (login, expected) in table {
            let judged = judge(&login, now()).err();
            match expected {
                None => assert_eq!(judged, None, "{login}"),
                Some(part) => assert!(judged.unwrap().contains(part), "{login}"),
            }
        }
    }

    #[test]
    fn of_the_config_only_what_concerns_the_model_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let home = Utf8Path::from_path(folder.path()).unwrap();
        assert_eq!(model_settings(home), "");
        let config = "model = \"m\"\nnotify = [\"x\"]\nmodel_provider = \"mine\"\n\
                      [model_providers.mine]\nbase_url = \"http://h\"\n[mcp_servers.own]\ncommand = \"c\"\n";
        fs::write(home.join("config.toml"), config).unwrap();
        let taken = model_settings(home);
        assert!(secrets(home).is_empty());
        assert!(taken.contains("[model_providers.mine]") && taken.contains("model = \"m\""));
        assert!(!taken.contains("own") && !taken.contains("notify"), "{taken}");
        assert!(check(Some(home), &Environment::default()).is_ok());
        let secret = "[model_providers.a]\nexperimental_bearer_token = \"long-token\"\n\
                      http_headers = { x = \"long-header\", y = \"1\" }\n";
        fs::write(home.join("config.toml"), secret).unwrap();
        assert_eq!(secrets(home), ["long-token", "long-header"]);
        fs::write(home.join("config.toml"), "[mcp_servers.own]\ncommand = \"c\"\n").unwrap();
        assert_eq!(model_settings(home), "");
        let cause = check(Some(home), &Environment::default()).unwrap_err();
        assert_eq!(cause.code, Code::AgentAuth);
    }
}
