//! The arguments of a document, as a run can give them: paths become the clone's own, and what a person
//! would fill in becomes a placeholder.

use camino::Utf8Path;
use smoke_mcp::listing::{self, is_secret_name};

use super::config;
use super::hint::Variable;
use super::package::Package;
use super::repository::Repository;
use super::stand_in;

/// What becomes of the arguments.
#[derive(Default)]
pub struct Cleaned {
    /// The command.
    pub command: Vec<String>,
    /// The variables that stand in them.
    pub variables: Vec<Variable>,
    /// What was changed.
    pub notes: Vec<String>,
}

/// Makes a command that runs anywhere of one whose last words, `given` of them, are a document's.
pub fn clean(
    repository: &Repository,
    package: &Package,
    command: &[String],
    given: usize,
) -> Cleaned {
    let (own, words) = command.split_at(command.len().saturating_sub(given));
    let mut cleaned = Cleaned { command: own.to_vec(), ..Cleaned::default() };
    let mut flag = "";
    for word in words {
        let (key, value) = match word.split_once('=') {
            Some((key, value)) if key.starts_with('-') => (key, value),
            _ => (flag, word.as_str()),
        };
        let shown = cleaned.value(repository, package, key, value);
        let whole = if value.len() == word.len() { shown } else { format!("{key}={shown}") };
        cleaned.command.push(whole);
        flag = if word.starts_with('-') { word } else { "" };
    }
    cleaned
}

impl Cleaned {
    fn value(
        &mut self,
        repository: &Repository,
        package: &Package,
        flag: &str,
        value: &str,
    ) -> String {
        if value.starts_with("{{") || value.starts_with('-') {
            return value.to_owned();
        }
        if let Some(name) = filled_in(flag, value) {
            return self.wanted(name);
        }
        let value = &in_clone(value);
        if !is_path(value) {
            return value.clone();
        }
        let name = Utf8Path::new(value).file_name().unwrap_or_default();
        let (shown, what) = if let Some(own) = repository.own_path(value) {
            (format!("{}{own}", package.runner.place), "that of the clone")
        } else if value.trim_end_matches('/').ends_with("STELAE_DIR}}") {
            return "{{STELAE_DIR}}".to_owned();
        } else if let Some(example) = repository.example_of(name) {
            (format!("{}{example}", package.runner.place), "the example of the clone")
        } else if name.ends_with(".json") && (flag.contains("config") || name.contains("config")) {
            (config::FILE.to_owned(), "the smallest config that works")
        } else if name.contains('.') && !value.ends_with('/') {
            (format!("{{{{SMOKE_WORKSPACE}}}}/{name}"), "a file of the run's workspace")
        } else {
            ("{{STELAE_DIR}}".to_owned(), "the clone")
        };
        if shown != *value && shown != format!("./{value}") {
            self.notes.push(format!("for {value} of another machine it is given {what}"));
        }
        shown
    }

    fn wanted(&mut self, name: String) -> String {
        let shown = format!("{{{{{name}:-{}}}}}", stand_in::of(&name));
        self.variables.push(Variable { is_required: true, ..Variable::named(name) });
        shown
    }
}

/// The folder that a client's own variable means is the clone.
fn in_clone(value: &str) -> String {
    let mut text = String::new();
    let mut rest = value;
    while let Some((before, tail)) = rest.split_once("${") {
        let Some((name, after)) = tail.split_once('}') else { break };
        text.push_str(before);
        text.push_str(&format!("{{{{{}}}}}", listing::variable(name)));
        rest = after;
    }
    text + rest
}

/// The variable for a value that a person would fill in, by its own words or by those of the flag before it.
fn filled_in(flag: &str, value: &str) -> Option<String> {
    let named =
        |name: &str| Some(listing::upper(name.trim_matches(|c: char| !c.is_ascii_alphanumeric())));
    let inner = |open: &str, close: char| value.strip_prefix(open)?.strip_suffix(close);
    let client = inner("${", '}').map(|name| name.split(":-").next().unwrap_or(name).to_owned());
    if let Some(name) = client {
        let variable = listing::variable(name.strip_prefix("user_config.").unwrap_or(&name));
        let folder = ["STELAE_DIR", "HOME"].contains(&variable.as_str());
        return (!folder).then(|| listing::upper(&variable));
    }
    if let Some(name) = value.strip_prefix("config.") {
        return named(&underscored(name));
    }
    let lower = value.to_ascii_lowercase();
    let by_flag = flag.trim_start_matches('-');
    // An address with blanks to fill in is named after what it leads to.
    if let Some((scheme, rest)) =
        value.split_once("://").filter(|(_, rest)| rest.contains('<') && rest.contains('>'))
    {
        let name = if by_flag.is_empty() { format!("{scheme}_url") } else { by_flag.to_owned() };
        return (!rest.is_empty()).then(|| listing::upper(&name));
    }
    let asks = inner("<", '>').or_else(|| inner("[", ']')).is_some()
        || ["your_", "your-", "xxx", "insert", "replace"]
            .iter()
            .any(|start| lower.starts_with(start));
    let secret = is_secret_name(by_flag) && !by_flag.is_empty() && flag.starts_with('-');
    match (asks || secret, by_flag.is_empty()) {
        (true, false) => named(by_flag),
        (true, true) => named(value),
        (false, _) => None,
    }
}

/// `apiKey` as `api_key`.
fn underscored(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !text.is_empty() && !text.ends_with('_') {
            text.push('_');
        }
        text.push(c);
    }
    text
}

/// Whether a value is a path, and no address, no package and no option.
fn is_path(value: &str) -> bool {
    let windows = value.get(1..3).is_some_and(|at| at == ":\\" || at == ":/");
    let starts =
        ["/", "~/", "./", "../", "{{STELAE_DIR}}"].iter().any(|start| value.starts_with(start));
    (starts || windows) && !value.contains("://")
}
