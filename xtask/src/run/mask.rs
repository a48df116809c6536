//! Keeps secrets out of whatever a run writes or shows.

use std::io::{self, Write};

use camino::Utf8Path;
use serde_json::Value;
use smoke_core::environment::Environment;

use crate::mcp::base64;

/// What stands in a secret's place.
const MASK: &str = "***";

/// The secrets of a run, in the forms in which they turn up.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    secrets: Vec<String>,
}

impl Mask {
    /// All secrets of `environment`.
    pub fn new(environment: &Environment) -> Self {
        let mut mask = Self::default();
        environment.secrets().for_each(|secret| mask.add(secret));
        mask
    }

    /// Hides every long string in the JSON file at `path` too: a file of logins, if it is there.
    pub fn add_logins(&mut self, path: &Utf8Path) {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let logins: Value = serde_json::from_str(&text).unwrap_or_default();
        strings(&logins).into_iter().for_each(|secret| self.add(secret));
    }

    /// Hides the value of a header too, with and without the word before it, as in `Bearer …`.
    pub fn add_header(&mut self, value: &str) {
        self.add(value);
        value.split_once(' ').into_iter().for_each(|(_, token)| self.add(token));
    }

    /// Hides `secret` too.
    ///
    /// Longer forms come first, so that one that is part of another does not leave the rest of it
    /// behind.
    pub fn add(&mut self, secret: &str) {
        self.secrets.extend(forms(secret));
        self.secrets.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        self.secrets.dedup();
    }

    /// `text` without any secret, and without the passwords in its URLs.
    pub fn hide(&self, text: &str) -> String {
        let mut hidden = text.to_owned();
        for secret in &self.secrets {
            if hidden.contains(secret.as_str()) {
                hidden = hidden.replace(secret.as_str(), MASK);
            }
        }
        hide_in_urls(hidden)
    }

    /// Hides secrets in every string of `value`.
    pub fn hide_in_json(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.hide(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide_in_json(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.hide_in_json(field)),
            _ => {}
        }
    }

    /// The length of the longest form, in bytes.
    fn longest(&self) -> usize {
        self.secrets.first().map_or(0, String::len)
    }
}

/// Writes lines with their secrets hidden. A line is written once it is whole, so that a secret that
/// arrives in pieces is hidden too.
pub struct MaskedLines<W: Write> {
    out: W,
    mask: Mask,
    partial: Vec<u8>,
}

impl<W: Write> MaskedLines<W> {
    /// The longest line that is held back whole.
    const LONGEST: usize = 1 << 20;

    /// Hides what `mask` knows in all that is written to `out`.
    pub fn new(out: W, mask: Mask) -> Self {
        Self { out, mask, partial: Vec::new() }
    }

    /// Writes the first `count` bytes of what is held back.
    fn release(&mut self, count: usize) -> io::Result<()> {
        let rest = self.partial.split_off(count);
        let lines = std::mem::replace(&mut self.partial, rest);
        self.out.write_all(self.mask.hide(&String::from_utf8_lossy(&lines)).as_bytes())
    }

    /// Of a line without an end, all is written but what may be the first part of a secret.
    fn release_long(&mut self) -> io::Result<()> {
        let masked = self.mask.hide(&String::from_utf8_lossy(&self.partial));
        let mut keep = masked.len().saturating_sub(self.mask.longest());
        while !masked.is_char_boundary(keep) {
            keep -= 1;
        }
        self.partial = masked.as_bytes()[keep..].to_vec();
        self.out.write_all(&masked.as_bytes()[..keep])
    }
}

impl<W: Write> Write for MaskedLines<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.partial.extend_from_slice(bytes);
        if let Some(end) = self.partial.iter().rposition(|byte| *byte == b'\n') {
            self.release(end + 1)?;
        } else if self.partial.len() > Self::LONGEST {
            self.release_long()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl<W: Write> Drop for MaskedLines<W> {
    fn drop(&mut self) {
        let _ = self.release(self.partial.len());
    }
}

/// A secret as it is, as a JSON string and a URL hold it, and in base64.
fn forms(secret: &str) -> Vec<String> {
    let json = Value::from(secret).to_string();
    let escaped = json[1..json.len() - 1].to_owned();
    let slashed = escaped.replace('/', "\\/");
    let percent: String = secret.bytes().map(percent_encoded).collect();
    let mut forms = vec![secret.to_owned(), escaped, slashed, percent];
    forms.extend((0..3).flat_map(|before| in_base64(secret, before)));
    forms.retain(|form| form.len() >= 4);
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

/// The password, or the token that stands in its place, in `scheme://user:password@host`.
fn hide_in_urls(text: String) -> String {
    if !text.contains("://") || !text.contains('@') {
        return text;
    }
    let mut hidden = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("://") {
        hidden.push_str(before);
        hidden.push_str("://");
        let ends = |c: char| c.is_whitespace() || "/?#\"'<>\\`".contains(c);
        let authority = after.find(ends).unwrap_or(after.len());
        rest = match after[..authority].rfind('@') {
            Some(at) => {
                hidden.push_str(MASK);
                &after[at..]
            }
            None => after,
        };
    }
    hidden.push_str(rest);
    hidden
}

fn strings(value: &Value) -> Vec<&str> {
    const SHORTEST: usize = 12;
    match value {
        Value::String(text) if text.len() >= SHORTEST => vec![text],
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        Value::Object(fields) => fields.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use smoke_core::environment::Origin;

    use super::*;

    const CANARY: &str = "can/\"ary-6f1e";

    fn mask() -> Mask {
        let mut environment = Environment::default();
        environment.set("API_KEY", CANARY, Origin::Run);
        environment.set("LONGER_KEY", format!("{CANARY}-and-more"), Origin::Run);
        environment.set("PLAIN", "visible", Origin::Run);
        Mask::new(&environment)
    }

    #[test]
    fn hides_secrets_plain_in_json_and_in_urls() {
        let (mask, json) = (mask(), Value::from(CANARY).to_string());
        assert_eq!(
            mask.hide(&format!("a {CANARY}-and-more {CANARY} visible")),
            "a *** *** visible"
        );
        assert_eq!(mask.hide(&format!("{{\"k\":{json}}}")), r#"{"k":"***"}"#);
        assert_eq!(mask.hide("?k=can%2F%22ary-6f1e&x=1"), "?k=***&x=1");
    }

    #[test]
    fn hides_secrets_in_base64_wherever_they_stand_in_it() {
        for before in ["", "a", "ab", "abc", "Bearer: "] {
            let whole = base64::encode(format!("{before}{CANARY} after").as_bytes());
            let hidden = mask().hide(&whole);
            assert!(hidden.contains(MASK), "{before}: {hidden}");
            assert!(hidden.len() < whole.len() - CANARY.len() / 2, "{before}: {hidden}");
        }
    }

    #[test]
    fn hides_passwords_in_urls() {
        let hide = |text: &str| Mask::default().hide(text);
        assert_eq!(hide("git clone https://me:tok@h/x a@b"), "git clone https://***@h/x a@b");
        assert_eq!(hide("http://127.0.0.1:1/mcp?mail=a@b"), "http://127.0.0.1:1/mcp?mail=a@b");
        assert_eq!(hide("x://a@b y://c"), "x://***@b y://c");
    }

    #[test]
    fn hides_a_secret_that_arrives_in_pieces_or_in_a_line_without_end() {
        let mut written = Vec::new();
        let mut lines = MaskedLines::new(&mut written, mask());
        let long = "x".repeat(MaskedLines::<Vec<u8>>::LONGEST - 3);
        let (first, second) = CANARY.split_at(5);
        for piece in ["a ", first, second, "\n", &long, first, second, "\nend ", CANARY] {
            lines.write_all(piece.as_bytes()).unwrap();
        }
        drop(lines);
        let expected = format!("a ***\n{long}***\nend ***");
        assert!(String::from_utf8(written).unwrap() == expected);
    }

    #[test]
    fn hides_what_a_file_of_logins_holds() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join("auth.json");
        std::fs::write(&path, r#"{"tokens":{"access":"eyJ-long-token","n":1},"m":"short"}"#)
            .unwrap();
        let mut mask = Mask::default();
        mask.add_logins(&path);
        assert_eq!(mask.hide("eyJ-long-token short"), "*** short");
    }
}
