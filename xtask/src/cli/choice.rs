//! How a choice is read from the command line, with the names that profiles have as well.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use smoke_record::options::Choice;

/// Reads one of the names that `T` has, and lists them with what they mean.
pub fn of<T: Choice + Send + Sync>() -> impl TypedValueParser<Value = T> {
    let value = |choice: &T| {
        let (name, about) = choice.words();
        PossibleValue::new(name).help(about)
    };
    let names = PossibleValuesParser::new(T::ALL.iter().map(value));
    names.try_map(|name| T::named(&name).ok_or_else(|| format!("`{name}` is none of them")))
}
