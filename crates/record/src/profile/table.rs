//! A table of a TOML file, which is read key by key; what is wrong is named with file, line and column, and
//! a key that nobody asked for is an error with the nearest valid name.

use std::cell::RefCell;
use std::ops::Range;
use std::time::Duration;

use anyhow::{Result, anyhow};
use camino::Utf8Path;
use serde_json::Value;
use smoke_core::text::nearest::{is_nearly, nearest};
use smoke_core::toml;
use smoke_mcp::header;
use toml_edit::{Document, Item, TableLike};

use super::value;
use crate::options::Choice;

/// A TOML file that was parsed.
pub struct TomlFile<'a> {
    path: &'a Utf8Path,
    text: &'a str,
    document: Document<&'a str>,
}

impl<'a> TomlFile<'a> {
    /// Parses `text`; `path` is only used to name it.
    ///
    /// # Errors
    /// The text is no TOML.
    pub fn parse(path: &'a Utf8Path, text: &'a str) -> Result<Self> {
        let document = toml::parse(text)
            .map_err(|wrong| anyhow!("{path}:{}: {}", place(text, wrong.offset), wrong.message))?;
        Ok(Self { path, text, document })
    }

    /// The table that the file is.
    pub fn root(&'a self) -> Table<'a> {
        Table {
            file: self,
            name: String::new(),
            keys: self.document.as_table(),
            asked: RefCell::default(),
        }
    }

    fn error(&self, span: Option<Range<usize>>, message: &str) -> anyhow::Error {
        let place = place(self.text, span.unwrap_or(0..0).start);
        anyhow!("{}:{place}: {message}", self.path)
    }
}

/// A table, and the keys that were asked for.
pub struct Table<'a> {
    file: &'a TomlFile<'a>,
    name: String,
    keys: &'a dyn TableLike,
    asked: RefCell<Vec<String>>,
}

impl<'a> Table<'a> {
    /// A string, if the key is there.
    pub fn string(&self, key: &str) -> Result<Option<String>> {
        self.read(key, "a string", |item| item.as_str().map(str::to_owned))
    }

    /// An address over HTTP, if the key is there; a placeholder may stand at its beginning.
    pub fn address(&self, key: &str) -> Result<Option<String>> {
        let what = "an address that starts with http://; https is not spoken";
        self.read(key, what, |item: &Item| {
            let address = item.as_str()?;
            let fits = address.starts_with("http://") || address.starts_with("{{");
            // In braces there may be some.
            let spaced = address.contains(char::is_whitespace) && !address.contains("{{");
            (fits && !spaced).then(|| address.to_owned())
        })
    }

    /// The headers of requests; none when the key is not there.
    pub fn headers(&self, key: &str) -> Result<Vec<(String, String)>> {
        let Some(table) = self.table(key)? else { return Ok(Vec::new()) };
        let headers = table.pairs()?;
        for (name, value) in &headers {
            if let Some(fault) = header::fault(name, value) {
                return Err(table.error(name, &format!("header `{name}`: {fault}")));
            }
        }
        Ok(headers)
    }

    /// A string that must be there.
    pub fn required_string(&self, key: &str) -> Result<String> {
        self.string(key)?.ok_or_else(|| self.missing(key))
    }

    /// A list of strings; empty when the key is not there.
    pub fn strings(&self, key: &str) -> Result<Vec<String>> {
        let list = self.read(key, "a list of strings", |item| {
            let words = item.as_array()?.iter().map(|value| value.as_str().map(str::to_owned));
            words.collect::<Option<Vec<_>>>()
        })?;
        Ok(list.unwrap_or_default())
    }

    /// A command line: a program and its arguments, if the key is there.
    pub fn command(&self, key: &str) -> Result<Option<Vec<String>>> {
        let words = self.strings(key)?;
        match self.keys.get(key) {
            None => Ok(None),
            Some(item) if words.first().is_none_or(String::is_empty) => {
                Err(self.wrong(item, key, "a list of strings, the first of which is a program"))
            }
            Some(_) => Ok(Some(words)),
        }
    }

    /// Yes, no, or a command line, if the key is there.
    pub fn flag_or_command(&self, key: &str) -> Result<Option<Result<bool, Vec<String>>>> {
        let flag = self.item(key).and_then(Item::as_bool);
        match flag {
            Some(flag) => Ok(Some(Ok(flag))),
            None if self.item(key).is_some_and(Item::is_array) => Ok(self.command(key)?.map(Err)),
            None => Ok(self.read(key, "true, false or a list of strings", Item::as_bool)?.map(Ok)),
        }
    }

    /// A string or a list of strings; empty when the key is not there.
    pub fn one_or_more(&self, key: &str) -> Result<Vec<String>> {
        match self.item(key).and_then(Item::as_str) {
            Some(one) => Ok(vec![one.to_owned()]),
            None => self.strings(key),
        }
    }

    /// One of the names that `T` has, if the key is there.
    pub fn choice<T: Choice>(&self, key: &str) -> Result<Option<T>> {
        self.read(key, &T::quoted(" or "), |item| T::named(item.as_str()?))
    }

    /// One of these names, or a list of them; empty when the key is not there.
    pub fn choices<T: Choice>(&self, key: &str) -> Result<Vec<T>> {
        if !self.item(key).is_some_and(Item::is_array) {
            return Ok(self.choice(key)?.into_iter().collect());
        }
        let wanted = format!("a list of {}", T::quoted(" and "));
        let all = self.read(key, &wanted, |item| {
            item.as_array()?.iter().map(|value| T::named(value.as_str()?)).collect()
        });
        Ok(all?.unwrap_or_default())
    }

    /// Whether the key is there.
    pub fn has(&self, key: &str) -> bool {
        self.keys.contains_key(key)
    }

    /// A yes or no, if the key is there.
    pub fn flag(&self, key: &str) -> Result<Option<bool>> {
        self.read(key, "true or false", Item::as_bool)
    }

    /// A whole number, if the key is there.
    pub fn number(&self, key: &str) -> Result<Option<i64>> {
        self.read(key, "a whole number", Item::as_integer)
    }

    /// A time such as `"500ms"`, `"30s"` or `"2min"`, if the key is there.
    pub fn duration(&self, key: &str) -> Result<Option<Duration>> {
        self.read(key, "a time such as \"30s\"", |item| {
            humantime::parse_duration(item.as_str()?).ok().filter(|time| !time.is_zero())
        })
    }

    /// Any value, as JSON, if the key is there.
    pub fn json(&self, key: &str) -> Result<Option<Value>> {
        self.read(key, "a value", value::json)
    }

    /// A table below this one, if it is there.
    pub fn table(&self, key: &str) -> Result<Option<Table<'a>>> {
        let below = self.read(key, "a table", |item| item.as_table_like())?;
        Ok(below.map(|keys| self.below(key, keys)))
    }

    /// The tables of an array such as `[[stage]]`; empty when there are none.
    pub fn tables(&self, key: &str) -> Result<Vec<Table<'a>>> {
        let Some(item) = self.item(key) else { return Ok(Vec::new()) };
        if let Some(tables) = item.as_array_of_tables() {
            return Ok(tables.iter().map(|keys| self.below(key, keys)).collect());
        }
        let inline = item.as_array().and_then(|values| {
            values.iter().map(|value| value.as_inline_table()).collect::<Option<Vec<_>>>()
        });
        let inline = inline.ok_or_else(|| self.wrong(item, key, "an array of tables"))?;
        Ok(inline.into_iter().map(|keys| self.below(key, keys)).collect())
    }

    /// All pairs of a table whose keys are free, such as `[env]`; values must be strings.
    pub fn pairs(&self) -> Result<Vec<(String, String)>> {
        let names: Vec<String> = self.keys.iter().map(|(key, _)| key.to_owned()).collect();
        let pair = |key: String| Ok((self.required_string(&key)?, key));
        names.into_iter().map(pair).map(|pair| pair.map(|(value, key)| (key, value))).collect()
    }

    /// The free keys of a table, with the time of each.
    pub fn durations(&self) -> Result<Vec<(String, Duration)>> {
        let names: Vec<String> = self.keys.iter().map(|(key, _)| key.to_owned()).collect();
        let pair = |key: String| Ok((self.duration(&key)?.ok_or_else(|| self.missing(&key))?, key));
        names.into_iter().map(pair).map(|pair| pair.map(|(value, key)| (key, value))).collect()
    }

    /// An error at `key`, or at the table when the key is not there.
    pub fn error(&self, key: &str, message: &str) -> anyhow::Error {
        let span = self.keys.get_key_value(key).and_then(|(key, _)| key.span());
        self.file.error(span, message)
    }

    /// An error for want of `key`, at the first key that is there. One that is nearly called so was
    /// meant to be it.
    pub fn lacks(&self, key: &str, message: &str) -> anyhow::Error {
        let mut unasked = self.keys.iter().map(|(key, _)| key).filter(|key| !self.was_asked(key));
        match unasked.find(|unasked| is_nearly(unasked, key)) {
            Some(wrong) => self.unknown(wrong, &format!("did you mean `{key}`?")),
            None => {
                let first = self.keys.iter().next().map_or(key, |(first, _)| first);
                self.error(first, message)
            }
        }
    }

    fn unknown(&self, key: &str, hint: &str) -> anyhow::Error {
        let place =
            if self.name.is_empty() { String::new() } else { format!(" in [{}]", self.name) };
        self.error(key, &format!("unknown key `{key}`{place}; {hint}"))
    }

    fn was_asked(&self, key: &str) -> bool {
        self.asked.borrow().iter().any(|asked| asked == key)
    }

    /// Ends the reading: a key that nobody asked for is an error.
    pub fn finish(self) -> Result<()> {
        let asked = self.asked.borrow();
        let stranger =
            self.keys.iter().map(|(key, _)| key).find(|key| !asked.iter().any(|a| a == key));
        let Some(key) = stranger else { return Ok(()) };
        let hint = match nearest(key, asked.iter().map(String::as_str)) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("valid keys are {}", asked.join(", ")),
        };
        Err(self.unknown(key, &hint))
    }

    fn below(&self, key: &str, keys: &'a dyn TableLike) -> Table<'a> {
        let name =
            if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) };
        Table { file: self.file, name, keys, asked: RefCell::default() }
    }

    fn item(&self, key: &str) -> Option<&'a Item> {
        if !self.was_asked(key) {
            self.asked.borrow_mut().push(key.to_owned());
        }
        self.keys.get(key)
    }

    fn read<T>(
        &self,
        key: &str,
        what: &str,
        take: impl Fn(&'a Item) -> Option<T>,
    ) -> Result<Option<T>> {
        let Some(item) = self.item(key) else { return Ok(None) };
        take(item).map(Some).ok_or_else(|| self.wrong(item, key, what))
    }

    fn wrong(&self, item: &Item, key: &str, what: &str) -> anyhow::Error {
        self.file.error(item.span(), &format!("`{key}` must be {what}"))
    }

    fn missing(&self, key: &str) -> anyhow::Error {
        let place =
            if self.name.is_empty() { "the file".to_owned() } else { format!("[{}]", self.name) };
        self.lacks(key, &format!("{place} needs a key `{key}`"))
    }
}

fn place(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    format!("{line}:{column}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(text: &str, read: impl Fn(&Table) -> Result<()>) -> String {
        let file = TomlFile::parse(Utf8Path::new("p.toml"), text).unwrap();
        let root = file.root();
        read(&root).and_then(|()| root.finish()).unwrap_err().to_string()
    }

    #[test]
    fn a_misspelt_key_is_named_with_its_place_and_the_nearest_name() {
        let message = failure("name = \"x\"\n[gateway]\ntolls = []\n", |root| {
            root.string("name")?;
            let gateway = root.table("gateway")?.unwrap();
            gateway.strings("tools")?;
            gateway.finish()
        });
        assert_eq!(message, "p.toml:3:1: unknown key `tolls` in [gateway]; did you mean `tools`?");
    }

    #[test]
    fn a_wrong_type_is_named_with_its_place() {
        let message = failure("\nname = 3\n", |root| root.string("name").map(drop));
        assert_eq!(message, "p.toml:2:8: `name` must be a string");
        let message = failure("t = \"soon\"\n", |root| root.duration("t").map(drop));
        assert_eq!(message, "p.toml:1:5: `t` must be a time such as \"30s\"");
    }

    #[test]
    fn a_wrong_choice_is_answered_with_all_there_are() {
        let message = failure("agent = \"codx\"\n", |root| {
            root.choice::<&smoke_agents::agent::Agent>("agent").map(drop)
        });
        assert!(message.starts_with("p.toml:1:9: `agent` must be \"scripted\""), "{message}");
    }

    #[test]
    fn broken_toml_is_named_with_its_place() {
        let error = TomlFile::parse(Utf8Path::new("p.toml"), "a = 1\nb = = 2\n").err().unwrap();
        assert!(error.to_string().starts_with("p.toml:2:5: "), "{error}");
    }
}
