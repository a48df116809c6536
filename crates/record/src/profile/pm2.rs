//! `[pm2]`: how a gateway is started where pm2 is the supervisor.

use anyhow::Result;

use super::table::Table;

/// What is started under pm2, and by which pm2.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pm2Spec {
    /// The command line of pm2, without arguments.
    pub command: Option<Vec<String>>,
    /// The ecosystem file in the clone; written from the gateway's command when not said.
    pub ecosystem: Option<String>,
    /// The app in it that is the gateway.
    pub app: Option<String>,
    /// Other apps in it that are started too.
    pub also: Vec<String>,
}

impl Pm2Spec {
    /// Whether its program is part of what the run makes, and so is not there before.
    pub fn is_made_by_the_run(&self) -> bool {
        let program = self.command.as_ref().and_then(|command| command.first());
        program.is_some_and(|name| {
            name.contains("{{") || (name.contains('/') && !name.starts_with('/'))
        })
    }
}

/// Reads it.
///
/// # Errors
/// A key is unknown or of the wrong type, or asks for something that needs another key.
pub fn read(table: Table) -> Result<Pm2Spec> {
    let spec = Pm2Spec {
        command: table.command("command")?,
        ecosystem: table.string("ecosystem")?,
        app: table.string("app")?,
        also: table.strings("also")?,
    };
    for (key, said) in [("app", spec.app.is_some()), ("also", !spec.also.is_empty())] {
        if said && spec.ecosystem.is_none() {
            let message =
                format!("`{key}` names an app of the `ecosystem` file, which is not said");
            return Err(table.error(key, &message));
        }
    }
    // pm2 takes a file with another name for a program that it is to run.
    let known = ["json", "yml", "yaml", "config.js", "config.cjs", "config.mjs"];
    let readable = |path: &String| known.iter().any(|end| path.ends_with(&format!(".{end}")));
    if spec.ecosystem.as_ref().is_some_and(|path| !readable(path)) {
        let message =
            format!("pm2 reads an ecosystem file only if it ends in {}", known.join(", "));
        return Err(table.error("ecosystem", &message));
    }
    table.finish()?;
    Ok(spec)
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use crate::profile;

    fn read(pm2: &str) -> anyhow::Result<profile::Profile> {
        let text = format!("[gateway]\ncommand = [\"g\"]\n[pm2]\n{pm2}\n");
        profile::read(Utf8Path::new("p.toml"), &text)
    }

    #[test]
    fn reads_what_is_started_and_refuses_what_pm2_would() {
        let spec = read("ecosystem = \"a.config.js\"\napp = \"g\"\nalso = [\"h\"]").unwrap().pm2;
        assert_eq!(spec.app.as_deref(), Some("g"));
        assert!(!spec.is_made_by_the_run());
        for command in ["node_modules/.bin/pm2", "{{APPS_DIR}}/pm2"] {
            assert!(read(&format!("command = [\"{command}\"]")).unwrap().pm2.is_made_by_the_run());
        }
        for (wrong, message) in [
            ("app = \"g\"", "p.toml:4:1: `app` names an app of the `ecosystem` file"),
            ("ecosystem = \"e.js\"", "p.toml:4:1: pm2 reads an ecosystem file only if it ends in"),
        ] {
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.starts_with(message), "{error}");
        }
    }
}
