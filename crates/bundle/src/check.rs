//! The check of a descriptor: its placeholders have values, and its command can be run.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use crate::descriptor::Descriptor;
use crate::{Lookup, Refusal, placeholder};

/// Checks descriptors, and remembers what it found out, so that a bundle of many servers asks the
/// file system once for each command.
pub struct Checker<'a> {
    lookup: Lookup<'a>,
    path: String,
    on_path: HashMap<String, bool>,
    has_value: HashMap<String, bool>,
}

impl<'a> Checker<'a> {
    pub fn new(lookup: Lookup<'a>) -> Self {
        let path = lookup("PATH").unwrap_or_default();
        Self { lookup, path, on_path: HashMap::new(), has_value: HashMap::new() }
    }

    /// Checks that every placeholder has a value and that the command can be run.
    pub fn check(&mut self, descriptor: &Descriptor) -> Result<(), Refusal> {
        if descriptor.is_local() {
            self.texts(descriptor.args.iter().map(String::as_str))?;
            self.texts(descriptor.cwd.as_deref().into_iter())?;
            self.command(descriptor)?;
        } else {
            self.texts(descriptor.url.as_deref().into_iter())?;
            self.texts(descriptor.headers.values().filter_map(Value::as_str))?;
        }
        self.texts(descriptor.env.values().filter_map(Value::as_str))
    }

    fn texts<'t>(&mut self, texts: impl Iterator<Item = &'t str>) -> Result<(), Refusal> {
        for key in texts.flat_map(placeholder::keys) {
            self.key(key)?;
        }
        Ok(())
    }

    fn key(&mut self, key: &str) -> Result<(), Refusal> {
        let known = self.has_value.get(key).copied();
        let found = known.unwrap_or_else(|| {
            let found = (self.lookup)(key).is_some();
            self.has_value.insert(key.to_owned(), found);
            found
        });
        if found { Ok(()) } else { Err(no_value(key)) }
    }

    /// A command with a placeholder is not looked for, only its values are: the program may be
    /// installed later, by what the config describes. Without one it has to be there.
    fn command(&mut self, descriptor: &Descriptor) -> Result<(), Refusal> {
        let command = descriptor.command.as_deref().unwrap_or_default();
        if placeholder::keys(command).next().is_some() {
            self.texts([command].into_iter())?;
            return self.not_empty(command);
        }
        if command.contains('/') || command.starts_with(['.', '~']) {
            return self.file(&self.resolve(command, descriptor.cwd.as_deref()));
        }
        self.bare(command)
    }

    fn not_empty(&self, command: &str) -> Result<(), Refusal> {
        match self.expand(command) {
            Some(value) if value.trim().is_empty() => Err(Refusal::new(
                format!("its command {command} is empty"),
                "give the placeholder a value in .env",
            )),
            _ => Ok(()),
        }
    }

    fn resolve(&self, command: &str, cwd: Option<&str>) -> Utf8PathBuf {
        if let (Some(rest), Some(home)) = (command.strip_prefix("~/"), (self.lookup)("HOME")) {
            return Utf8Path::new(&home).join(rest);
        }
        let cwd = cwd.and_then(|cwd| self.expand(cwd)).unwrap_or_default();
        Utf8Path::new(&cwd).join(command)
    }

    fn expand(&self, text: &str) -> Option<String> {
        placeholder::expand(text, &mut |key| (self.lookup)(key)).ok().map(|text| text.into_owned())
    }

    fn file(&self, path: &Utf8Path) -> Result<(), Refusal> {
        let Ok(meta) = fs::metadata(path) else {
            return Err(Refusal::new(
                format!("its command {path} does not exist"),
                "install the program or correct the path",
            ));
        };
        if meta.is_file() && meta.permissions().mode() & 0o111 != 0 {
            return Ok(());
        }
        let what = if meta.is_file() { "is not executable" } else { "is not a file" };
        Err(Refusal::new(
            format!("its command {path} {what}"),
            if meta.is_file() { format!("chmod +x {path}") } else { "correct the path".to_owned() },
        ))
    }

    fn bare(&mut self, command: &str) -> Result<(), Refusal> {
        let known = self.on_path.get(command).copied();
        let found = known.unwrap_or_else(|| {
            let mut folders = self.path.split(':').filter(|folder| !folder.is_empty());
            let found =
                folders.any(|folder| self.file(&Utf8Path::new(folder).join(command)).is_ok());
            self.on_path.insert(command.to_owned(), found);
            found
        });
        if found {
            return Ok(());
        }
        Err(Refusal::new(
            format!("its command {command} is not on PATH"),
            format!("install {command}, or give the command as a full path"),
        ))
    }
}

fn no_value(key: &str) -> Refusal {
    Refusal::new(
        format!("the placeholder {{{{{key}}}}} has no value"),
        format!("add {key}=… to .env or to the environment"),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(value: Value, values: &[(&str, &str)]) -> Result<(), Refusal> {
        let find = |key: &str| values.iter().find(|v| v.0 == key).map(|v| v.1.to_owned());
        Checker::new(&find).check(&Descriptor::parse(&value).unwrap())
    }

    #[test]
    fn accepts_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        fs::write(folder.join("tool"), "").unwrap();
        fs::set_permissions(folder.join("tool"), fs::Permissions::from_mode(0o755)).unwrap();
        let values = [("PATH", folder.as_str()), ("HOME", folder.as_str()), ("K", "v")];
        for descriptor in [
            json!({"name": "a", "command": "tool"}),
            json!({"name": "a", "command": "~/tool"}),
            json!({"name": "a", "command": "./tool", "cwd": "{{HOME}}"}),
            json!({"name": "a", "command": folder.join("tool")}),
            json!({"name": "a", "command": "{{K}}/anything", "args": ["{{ K }}"]}),
            json!({"name": "a", "transport": "http", "url": "http://{{K}}", "headers": {"H": "{{K}}"}}),
        ] {
            assert_eq!(check(descriptor, &values), Ok(()));
        }
    }

    #[test]
    fn says_what_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        fs::write(folder.join("data"), "").unwrap();
        for (descriptor, reason) in [
            (json!({"name": "a", "command": "tool"}), "tool is not on PATH"),
            (json!({"name": "a", "command": "/none/tool"}), "/none/tool does not exist"),
            (json!({"name": "a", "command": folder.join("data")}), "is not executable"),
            (json!({"name": "a", "command": folder}), "is not a file"),
            (json!({"name": "a", "command": "{{K}}"}), "{{K}} has no value"),
            (json!({"name": "a", "command": "{{EMPTY}}"}), "is empty"),
            (
                json!({"name": "a", "command": "{{EMPTY}}x", "args": ["{{K}}"]}),
                "{{K}} has no value",
            ),
            (json!({"name": "a", "command": "{{EMPTY}}x", "cwd": "{{K}}"}), "{{K}} has no value"),
            (
                json!({"name": "a", "transport": "http", "url": "http://{{K}}"}),
                "{{K}} has no value",
            ),
        ] {
            let refusal =
                check(descriptor, &[("PATH", folder.as_str()), ("EMPTY", "")]).unwrap_err();
            assert!(refusal.reason.contains(reason), "{refusal}");
        }
    }
}
