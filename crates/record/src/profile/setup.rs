//! `[[setup]]`: the commands that put in place what the stack is made of, before anything starts.

use anyhow::Result;
use camino::{Utf8Component, Utf8Path};

use super::table::Table;

/// A command that is run before the stack is started.
#[derive(Clone, Debug, PartialEq)]
pub struct SetupSpec {
    /// Its name; the step is `setup-NAME`.
    pub name: String,
    /// The command.
    pub command: Vec<String>,
    /// The folder to run it in; the clone when not said.
    pub cwd: Option<String>,
    /// The files of the clone that its result depends on, and nothing else of the clone. With
    /// them, the result is kept between runs.
    pub inputs: Vec<String>,
}

impl SetupSpec {
    /// The variable that names the folder of its result, for one whose result is kept.
    pub fn variable(&self) -> String {
        format!("SMOKE_SETUP_{}", self.name.to_ascii_uppercase().replace('-', "_"))
    }
}

/// The names of two setups whose results would have the same variable.
pub fn alike<'a>(setups: &[&'a SetupSpec]) -> Option<(&'a str, &'a str)> {
    setups.iter().enumerate().find_map(|(at, one)| {
        let other = setups[..at].iter().find(|other| other.variable() == one.variable())?;
        Some((other.name.as_str(), one.name.as_str()))
    })
}

/// Reads one.
///
/// # Errors
/// A key is unknown, missing or of the wrong type, or an input lies outside of the clone.
pub fn read(table: Table) -> Result<SetupSpec> {
    let spec = SetupSpec {
        name: table.required_string("name")?,
        command: table
            .command("command")?
            .ok_or_else(|| table.lacks("command", "[[setup]] needs a key `command`"))?,
        cwd: table.string("cwd")?,
        inputs: table.strings("inputs")?,
    };
    if spec.cwd.is_some() && !spec.inputs.is_empty() {
        let message = "a setup with `inputs` has a folder of its own; leave out `cwd`";
        return Err(table.error("cwd", message));
    }
    if let Some(outside) = spec.inputs.iter().find(|input| !is_inside(input)) {
        let message = format!("`inputs` are paths in the clone, and `{outside}` is none");
        return Err(table.error("inputs", &message));
    }
    table.finish()?;
    Ok(spec)
}

/// Whether `path` names something in the clone, in the one way that git knows.
fn is_inside(path: &str) -> bool {
    let plain = |part| matches!(part, Utf8Component::Normal(_));
    !path.is_empty() && Utf8Path::new(path).components().all(plain)
}

#[cfg(test)]
mod tests {
    use super::super::read as profile;
    use super::*;

    fn read_setup(lines: &str) -> Result<SetupSpec> {
        let text = format!("[gateway]\ncommand = [\"serve\"]\n[[setup]]\n{lines}");
        profile(Utf8Path::new("smoke.toml"), &text).map(|profile| profile.setup[0].clone())
    }

    #[test]
    fn a_name_and_a_command_are_enough() {
        let spec = read_setup("name = \"my-node\"\ncommand = [\"npm\", \"ci\"]\n").unwrap();
        assert_eq!(spec.variable(), "SMOKE_SETUP_MY_NODE");
        assert!(spec.inputs.is_empty() && spec.cwd.is_none());
    }

    #[test]
    fn two_results_have_two_variables() {
        let read_two = |other: &str| {
            let lines = "command=['x']\ninputs=['f']\n";
            read_setup(&format!("name='x-y'\n{lines}[[setup]]\nname='{other}'\n{lines}"))
        };
        let error = read_two("x_y").unwrap_err().to_string();
        assert!(error.starts_with("smoke.toml:3:3: setups `x-y` and `x_y`"), "{error}");
        assert!(read_two("x_z").is_ok());
    }

    #[test]
    fn what_cannot_be_kept_is_refused_with_its_line() {
        let both = "name='a'\ncommand=['x']\ninputs=['f']\ncwd='sub'\n";
        let error = read_setup(both).unwrap_err().to_string();
        assert!(error.starts_with("smoke.toml:7:1: a setup with `inputs`"), "{error}");
        for outside in ["../f", "/f", ""] {
            let lines = format!("name='a'\ncommand=['x']\ninputs=['{outside}']\n");
            let error = read_setup(&lines).unwrap_err().to_string();
            assert!(error.contains("are paths in the clone"), "{error}");
        }
    }
}
