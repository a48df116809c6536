//! What of a client's list is secret, and the placeholders in its place.

use std::collections::BTreeSet;

use smoke_core::environment::names_a_secret;
use smoke_mcp::listing::{self, is_secret_name};

/// Hides a value by the key that it has.
pub type Hide<'a> = &'a mut dyn FnMut(&str, &str) -> String;

/// The values of all parameters are hidden: an address is where tokens are seldom called so.
pub fn hidden_url(url: &str, hide: Hide) -> String {
    let Some((address, query)) = url.split_once('?') else { return hide("url", url) };
    let parameter = |text: &str| match text.split_once('=') {
        Some((key, _)) => format!("{key}={}", hide("token", key)),
        None => text.to_owned(),
    };
    let parameters: Vec<String> = query.split('&').map(parameter).collect();
    format!("{address}?{}", parameters.join("&"))
}

/// `value`, or a placeholder where it is a secret, or is filled in by the client.
pub fn hidden(place: &str, key: &str, value: &str, needed: &mut BTreeSet<String>) -> String {
    let place = if names_a_secret(key) && key == key.to_ascii_uppercase() { key } else { place };
    let mut placeholder = |name: String| {
        let shown = format!("{{{{{name}}}}}");
        needed.insert(name);
        shown
    };
    let of_client = value.strip_prefix("${").and_then(|rest| rest.split_once('}'));
    if let Some((_, rest)) = of_client.filter(|(name, _)| listing::variable(name) == "STELAE_DIR") {
        return format!("{{{{STELAE_DIR}}}}{rest}");
    }
    if let Some(client) = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
        let variable = listing::variable(client);
        return placeholder(variable.split(":-").next().unwrap_or_default().to_owned());
    }
    if let Some((scheme, _)) = value.split_once(' ').filter(|_| is_secret_name(key)) {
        return format!("{scheme} {}", placeholder(listing::upper(place)));
    }
    let secret = !value.starts_with('-') && (is_secret_name(key) || looks_secret(value));
    if secret { placeholder(listing::upper(place)) } else { value.to_owned() }
}

/// Long, of letters and digits, and nothing that a person would type: a token, or an address with a
/// password in it.
fn looks_secret(value: &str) -> bool {
    const SHORTEST: usize = 16;
    let known = ["sk-", "ghp_", "gho_", "github_pat_", "xoxb-", "xoxp-", "AKIA", "eyJ", "glpat-"];
    let password = value.split_once("://").is_some_and(|(_, rest)| {
        rest.split('/').next().is_some_and(|authority| authority.contains('@'))
    });
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-+=".contains(c);
    let token = value.len() >= SHORTEST
        && value.chars().all(plain)
        && value.chars().any(|c| c.is_ascii_digit())
        && value.chars().any(|c| c.is_ascii_alphabetic());
    password || token || known.iter().any(|prefix| value.starts_with(prefix))
}
