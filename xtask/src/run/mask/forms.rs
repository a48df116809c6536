//! The forms in which a secret turns up.

use serde_json::Value;

use super::finder::Finder;
use crate::mcp::base64;

/// A secret as it is, as a JSON string and a URL hold it, and in base64. Forms that are too short to
/// be looked for are left out.
pub fn of(secret: &str) -> Vec<String> {
    let json = Value::from(secret).to_string();
    let escaped = json[1..json.len() - 1].to_owned();
    let slashed = escaped.replace('/', "\\/");
    let percent: String = secret.bytes().map(percent_encoded).collect();
    let mut forms = vec![secret.to_owned(), escaped, slashed, percent];
    forms.extend((0..3).flat_map(|before| in_base64(secret, before)));
    forms.retain(|form| form.len() >= Finder::SHORTEST);
    forms
}

fn percent_encoded(byte: u8) -> String {
    let plain = byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    if plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
}

/// The part of the base64 text that is the same whatever stands around the secret, with `before`
/// bytes of another group of three in front of it. Shorter ones would be found by chance.
fn in_base64(secret: &str, before: usize) -> Vec<String> {
    const SHORTEST: usize = 8;
    let text = base64::encode(&[vec![0; before], secret.as_bytes().to_vec()].concat());
    let (first, last) = ((before * 8).div_ceil(6), (before + secret.len()) * 8 / 6);
    match text.get(first..last) {
        Some(part) if part.len() >= SHORTEST => {
            vec![part.to_owned(), part.replace('+', "-").replace('/', "_")]
        }
        _ => Vec::new(),
    }
}
