//! JSON that is kept, as text: a tree of small values takes several times their size in memory.

use std::fmt;

use serde_json::Value;

use crate::squeeze::squeezed;
use crate::surrogates::mended;
use crate::view::{Json, utf8};

/// A value that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptJson(Box<str>);

impl KeptJson {
    /// At most about `limit` bytes of `json`, and whether something was left out.
    pub fn within(json: Json<'_>, limit: usize) -> (KeptJson, bool) {
        let (text, cut) = squeezed(json.raw(), limit);
        (KeptJson(utf8(&mended(&text)).into()), cut)
    }

    /// JSON that was put together here.
    pub fn of(text: String) -> Self {
        KeptJson(text.into())
    }

    /// It as a tree. What is nested too deeply, or a number that is none here, is null.
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or_default()
    }

    /// How much memory it takes, in bytes.
    pub fn size(&self) -> usize {
        self.0.len()
    }
}

impl Default for KeptJson {
    fn default() -> Self {
        KeptJson("null".into())
    }
}

impl From<Value> for KeptJson {
    fn from(value: Value) -> Self {
        KeptJson(value.to_string().into())
    }
}

impl fmt::Display for KeptJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
