//! The values of flags, and how they are read from the command line.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use smoke_core::cause::{Cause, Code};
use smoke_record::options::Choice;

/// Reads one of the names that `T` has, and lists them with what they mean.
pub fn choice<T: Choice + Send + Sync>() -> impl TypedValueParser<Value = T> {
    let value = |choice: &T| {
        let (name, about) = choice.words();
        PossibleValue::new(name).help(about)
    };
    let names = PossibleValuesParser::new(T::ALL.iter().map(value));
    names.try_map(|name| T::named(&name).ok_or_else(|| format!("`{name}` is none of them")))
}

/// `path` seen from the current folder.
///
/// # Errors
/// It is none that a record could hold.
pub fn absolute(path: &Utf8Path) -> Result<Utf8PathBuf, Cause> {
    // Where `..` leads is only known of what is there, and what it leads to reads better than it does.
    let climbs = path.components().any(|part| part == Utf8Component::ParentDir);
    if let Some(found) = path.canonicalize_utf8().ok().filter(|_| climbs) {
        return Ok(found);
    }
    let absolute =
        std::path::absolute(path).ok().and_then(|path| Utf8PathBuf::from_path_buf(path).ok());
    absolute.ok_or_else(|| {
        Cause::new(Code::Usage, format!("{path} is no usable path"), "name another one")
    })
}
