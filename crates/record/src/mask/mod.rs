//! The mask, which keeps secrets out of whatever a run writes or shows.

mod finder;
mod forms;
mod lines;
mod stream;
mod urls;

use std::borrow::Cow;
use std::sync::Arc;

use camino::Utf8Path;
use serde_json::Value;
use smoke_core::environment::Environment;

pub use finder::Finder;
pub use lines::MaskedLines;
pub use stream::MaskedStream;

/// What stands in a secret's place.
const MASK: &str = "***";
/// What stands where a text was cut.
const CUT: char = '…';

/// The secrets of a run, in the forms in which they turn up.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    forms: Vec<String>,
    finder: Arc<Finder>,
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
    pub fn add(&mut self, secret: &str) {
        self.forms.extend(forms::of(secret));
        self.forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        self.forms.dedup();
        self.finder = Finder::new(&self.forms).into();
    }

    /// `text` without any secret, without the beginning of one where a text was cut, and without the
    /// passwords in its URLs.
    pub fn hide(&self, text: &str) -> String {
        let hidden = String::from_utf8_lossy(&self.hide_bytes(text.as_bytes())).into_owned();
        let Some((cut, rest)) = hidden.rsplit_once(CUT) else { return hidden };
        let pieces = cut.split(CUT).map(|piece| self.hide_begun(piece));
        pieces.collect::<String>() + rest
    }

    /// A text that was cut, without a secret that was cut with it and could not be known as one.
    fn hide_begun(&self, text: &str) -> String {
        let begun = Some(self.finder.begun(text.as_bytes()));
        let begun = begun.filter(|&count| count >= Finder::SHORTEST);
        match begun.and_then(|count| text.get(..text.len() - count)) {
            Some(before) => format!("{before}{MASK}{CUT}"),
            None => format!("{text}{CUT}"),
        }
    }

    /// The same for text that need not be UTF-8.
    pub fn hide_bytes<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        if !self.hides_any(text) {
            return text.into();
        }
        let mut out = Vec::with_capacity(text.len());
        self.hide_into(&mut out, text, 0, text.len());
        out.into()
    }

    /// The length of the longest form of a secret, in bytes.
    pub fn longest(&self) -> usize {
        self.finder.longest()
    }

    /// Hides secrets in every string of `value`, and in the names of fields that are not words of ours.
    pub fn hide_in_json(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.hide(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide_in_json(item)),
            Value::Object(fields) => {
                fields.values_mut().for_each(|field| self.hide_in_json(field));
                if fields.keys().any(|name| is_foreign(name) && self.hides_any(name.as_bytes())) {
                    let all = std::mem::take(fields).into_iter();
                    *fields = all.map(|(name, field)| (self.hide_in_name(name), field)).collect();
                }
            }
            _ => {}
        }
    }

    fn hide_in_name(&self, name: String) -> String {
        if is_foreign(&name) { self.hide(&name) } else { name }
    }

    /// Appends `text` from `done` to `limit` to `out`, hiding all that is to be hidden and begins
    /// before `limit`. What overlaps is hidden as one. Returns how far the text is dealt with, which
    /// is beyond `limit` where something hidden is; that is where to go on, with this as `done`.
    fn hide_into(&self, out: &mut Vec<u8>, text: &[u8], mut done: usize, limit: usize) -> usize {
        let (mut secret, mut url) = (self.finder.find(text, 0), urls::find(text, 0));
        loop {
            let next = match (secret, url) {
                (Some(first), Some(other)) => Some(first.min(other)),
                (one, other) => one.or(other),
            };
            let Some((start, end)) = next.filter(|(start, _)| *start < limit) else { break };
            if start >= done {
                out.extend_from_slice(&text[done..start]);
                out.extend_from_slice(MASK.as_bytes());
            }
            done = done.max(end);
            if secret == next {
                secret = self.finder.find(text, start + 1);
            }
            if url == next {
                url = urls::find(text, start);
            }
        }
        if done < limit {
            out.extend_from_slice(&text[done..limit]);
        }
        done.max(limit)
    }

    /// How much of `text`, at most `most` bytes, means the same whatever comes after it.
    fn sure(&self, text: &[u8], most: usize) -> usize {
        urls::cut(text, most.min(text.len() - self.finder.begun(text)))
    }

    /// Whether any secret has several lines.
    fn spans_lines(&self) -> bool {
        self.forms.iter().any(|form| form.contains('\n'))
    }

    /// Whether there is anything to hide.
    fn hides_any(&self, text: &[u8]) -> bool {
        self.finder.find(text, 0).is_some() || urls::find(text, 0).is_some()
    }
}

/// Whether a field's name is none that a record could have: a secret such as `step` must not change those.
fn is_foreign(name: &str) -> bool {
    !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
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
    use smoke_mcp::base64;

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
    fn hides_secrets_in_names_of_fields_unless_they_may_be_ours() {
        let mut mask = mask();
        mask.add("step");
        let mut value = serde_json::json!({"step": 1, format!("get {CANARY}"): {"tool": CANARY}});
        mask.hide_in_json(&mut value);
        assert_eq!(value.to_string(), r#"{"step":1,"get ***":{"tool":"***"}}"#);
    }

    #[test]
    fn hides_the_beginning_of_a_secret_where_a_text_was_cut() {
        let hide = |text: &str| mask().hide(text);
        assert_eq!(hide("of can/\"ary…, of c…"), "of ***…, of c…");
        assert_eq!(
            hide(&smoke_core::text::legible::cut(&format!("a key {CANARY}"), 12)),
            "a key ***…"
        );
        assert_eq!(hide(&format!("{CANARY}…\n… can/\"ary")), "***…\n… can/\"ary");
    }

    #[test]
    fn hides_secrets_in_base64_wherever_they_stand_in_it() {
        for before in ["", "a", "ab", "abc", "Bearer: "] {
            let whole = base64::encode(format!("{before}{CANARY} after").as_bytes());
            let hidden = mask().hide(&whole);
            assert!(hidden.contains("***"), "{before}: {hidden}");
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
