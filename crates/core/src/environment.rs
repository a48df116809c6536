//! The one environment that every child of a run gets, and where each value in it came from.

use std::collections::BTreeMap;
use std::fmt;

use camino::{Utf8Path, Utf8PathBuf};

use crate::dotenv;

/// Variables for children, each with its origin. Later settings replace earlier ones.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Environment(BTreeMap<String, Variable>);

/// One variable: its value, who set it, and whether it must be masked wherever it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// The value a child sees.
    pub value: String,
    /// Who set it.
    pub origin: Origin,
    /// True for values that no log, record or terminal may show.
    pub secret: bool,
}

/// Who set a variable.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// It was in the environment that this process was started with.
    Inherited,
    /// A .env file, and the line in it, counted from 1.
    File(Utf8PathBuf, usize),
    /// The profile's `[env]` table.
    Profile,
    /// The run itself.
    Run,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Inherited => write!(f, "inherited"),
            Origin::File(path, line) => write!(f, "{path}:{line}"),
            Origin::Profile => write!(f, "profile"),
            Origin::Run => write!(f, "run"),
        }
    }
}

impl Environment {
    /// The environment of this process. Names and values that are not UTF-8 are left out, because
    /// no record could hold them.
    pub fn inherited() -> Self {
        let mut environment = Self::default();
        for (key, value) in std::env::vars_os() {
            if let (Ok(key), Ok(value)) = (key.into_string(), value.into_string()) {
                environment.set(&key, value, Origin::Inherited);
            }
        }
        environment
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(|variable| variable.value.as_str())
    }

    /// Sets `key`; a name that says so (`…_TOKEN`, `…_KEY`, `PASSWORD`…) marks the value secret.
    pub fn set(&mut self, key: &str, value: impl Into<String>, origin: Origin) {
        let secret = names_a_secret(key);
        self.0.insert(key.to_owned(), Variable { value: value.into(), origin, secret });
    }

    /// Takes `key` away, so that no child sees it.
    pub fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// Marks `key` secret whatever its name says.
    pub fn mark_secret(&mut self, key: &str) {
        if let Some(variable) = self.0.get_mut(key) {
            variable.secret = true;
        }
    }

    /// Layers the .env file at `path` over what is set; `${NAME}` expands from the file first.
    ///
    /// # Errors
    /// The file cannot be read, or a line in it is malformed; the error names file and line.
    pub fn load(&mut self, path: &Utf8Path) -> anyhow::Result<()> {
        let entries = dotenv::read(path, &|key| self.get(key).map(str::to_owned))?;
        for entry in entries {
            self.set(&entry.key, entry.value, Origin::File(path.to_owned(), entry.line));
        }
        Ok(())
    }

    /// All variables in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Variable)> {
        self.0.iter().map(|(key, variable)| (key.as_str(), variable))
    }

    /// The values that must be masked, but for those that are everyday words: masking them would
    /// riddle a log and protect nothing.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let secret = self.0.values().filter(|variable| variable.secret);
        secret.map(|variable| variable.value.as_str()).filter(|value| !is_everyday(value))
    }
}

fn is_everyday(value: &str) -> bool {
    const WORDS: [&str; 8] =
        ["true", "false", "none", "null", "auto", "test", "default", "enabled"];
    let number = value.len() < 8 && value.chars().all(|c| c.is_ascii_digit());
    value.len() < 4 || number || WORDS.contains(&value.to_ascii_lowercase().as_str())
}

/// Whether a variable of this name holds a secret, judged by the words in it.
pub fn names_a_secret(key: &str) -> bool {
    const WORDS: [&str; 11] = [
        "KEY",
        "APIKEY",
        "TOKEN",
        "SECRET",
        "SECRETS",
        "PASSWORD",
        "PASSWD",
        "PASS",
        "CREDENTIAL",
        "CREDENTIALS",
        "AUTH",
    ];
    let upper = key.to_ascii_uppercase();
    upper.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| WORDS.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_settings_win_and_keep_their_origin() {
        let mut environment = Environment::default();
        environment.set("A", "1", Origin::Inherited);
        environment.set("A", "2", Origin::Run);
        assert_eq!(environment.get("A"), Some("2"));
        assert_eq!(environment.0["A"].origin, Origin::Run);
    }

    #[test]
    fn a_file_layers_over_what_is_set_and_expands_from_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join(".env");
        std::fs::write(&path, "BASE=/x\nDEEP=${BASE}/${HOMELY}\n").unwrap();
        let mut environment = Environment::default();
        environment.set("HOMELY", "h", Origin::Inherited);
        environment.set("BASE", "/old", Origin::Inherited);
        environment.load(&path).unwrap();
        assert_eq!(environment.get("DEEP"), Some("/x/h"));
        assert_eq!(environment.0["DEEP"].origin, Origin::File(path, 2));
    }

    #[test]
    fn everyday_words_are_no_secrets() {
        let mut environment = Environment::default();
        for (key, value) in [("A_KEY", "true"), ("B_KEY", "8080"), ("C_KEY", "hunter2")] {
            environment.set(key, value, Origin::Run);
        }
        assert_eq!(environment.secrets().collect::<Vec<_>>(), ["hunter2"]);
    }

    #[test]
    fn secrets_are_known_by_their_names() {
        for name in ["OPENAI_API_KEY", "github_token", "DB_PASSWORD", "NPM-AUTH"] {
            assert!(names_a_secret(name), "{name}");
        }
        for name in ["PATH", "KEYBOARD", "MONKEY", "AUTHOR"] {
            assert!(!names_a_secret(name), "{name}");
        }
    }
}
