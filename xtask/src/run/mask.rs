//! Keeps secrets out of whatever a run writes or shows.

use std::io::{self, Write};

use smoke_core::environment::Environment;

/// What stands in a secret's place.
const MASK: &str = "***";

/// The secrets of a run, in the forms in which they turn up.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    secrets: Vec<String>,
}

impl Mask {
    /// All secrets of `environment`. Longer ones come first, so that one that is part of another
    /// does not leave the rest of it behind.
    pub fn new(environment: &Environment) -> Self {
        let mut secrets: Vec<String> = environment.secrets().flat_map(forms).collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Self { secrets }
    }

    /// `text` without any secret.
    pub fn hide(&self, text: &str) -> String {
        let mut hidden = text.to_owned();
        for secret in &self.secrets {
            if hidden.contains(secret.as_str()) {
                hidden = hidden.replace(secret.as_str(), MASK);
            }
        }
        hidden
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
    /// Hides what `mask` knows in all that is written to `out`.
    pub fn new(out: W, mask: Mask) -> Self {
        Self { out, mask, partial: Vec::new() }
    }
}

impl<W: Write> Write for MaskedLines<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.partial.extend_from_slice(bytes);
        if let Some(end) = self.partial.iter().rposition(|byte| *byte == b'\n') {
            let rest = self.partial.split_off(end + 1);
            let lines = std::mem::replace(&mut self.partial, rest);
            self.out.write_all(self.mask.hide(&String::from_utf8_lossy(&lines)).as_bytes())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A secret as it is, and as a JSON string holds it.
fn forms(secret: &str) -> Vec<String> {
    let json = serde_json::Value::from(secret).to_string();
    let escaped = json[1..json.len() - 1].to_owned();
    if escaped == secret { vec![escaped] } else { vec![secret.to_owned(), escaped] }
}

#[cfg(test)]
mod tests {
    use smoke_core::environment::Origin;

    use super::*;

    #[test]
    fn hides_a_secret_that_arrives_in_pieces() {
        let mut environment = Environment::default();
        environment.set("API_KEY", "canary", Origin::Run);
        let mut written = Vec::new();
        let mut lines = MaskedLines::new(&mut written, Mask::new(&environment));
        for piece in ["a can", "ary\nb ca", "nary\n"] {
            lines.write_all(piece.as_bytes()).unwrap();
        }
        assert_eq!(String::from_utf8(written).unwrap(), "a ***\nb ***\n");
    }

    #[test]
    fn hides_secrets_plain_and_in_json() {
        let mut environment = Environment::default();
        environment.set("API_KEY", "can\"ary", Origin::Run);
        environment.set("LONGER_KEY", "can\"ary-and-more", Origin::Run);
        environment.set("PLAIN", "visible", Origin::Run);
        let mask = Mask::new(&environment);
        assert_eq!(mask.hide("a can\"ary-and-more can\"ary visible"), "a *** *** visible");
        assert_eq!(mask.hide(r#"{"k":"can\"ary"}"#), r#"{"k":"***"}"#);
    }
}
