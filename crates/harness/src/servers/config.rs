//! The servers that a rendered gateway config names.

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Map, Value};
use smoke_core::files;

use crate::context::Context;

/// A server as the gateway was told to reach it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// How it is reached.
    pub way: Way,
}

/// How a server is reached.
#[derive(Clone, Debug, PartialEq)]
pub enum Way {
    /// The gateway starts it.
    Stdio {
        /// The command.
        argv: Vec<String>,
        /// The folder to run it in.
        cwd: Option<String>,
        /// What it gets besides the gateway's own environment.
        env: Vec<(String, String)>,
    },
    /// It listens.
    Http {
        /// Where.
        url: String,
        /// What each request carries.
        headers: Vec<(String, String)>,
    },
}

/// The rendered config of the gateway, if the profile has one.
pub fn config_file(context: &Context) -> Option<Utf8PathBuf> {
    let spec = context.profile.render.as_ref()?;
    Some(context.paths.config_home.join(context.expand(&spec.output).ok()?))
}

/// The servers in the config at `path`, in its order. What no client could use is left out.
pub fn entries(path: &Utf8Path) -> Vec<Entry> {
    let servers = read(path)["mcpServers"].as_object().cloned().unwrap_or_default();
    servers.iter().filter_map(|(name, server)| entry(name, server)).collect()
}

/// The JSON at `path`; null where there is none that can be read.
pub fn read(path: &Utf8Path) -> Value {
    serde_json::from_str(&files::read_to_string(path).unwrap_or_default()).unwrap_or_default()
}

/// Writes the config at `path` anew without the servers in `left_out`.
///
/// # Errors
/// It cannot be read or written.
pub fn leave_out(path: &Utf8Path, left_out: &[String]) -> Result<()> {
    let text = files::read_to_string(path).with_context(|| format!("read {path}"))?;
    let mut config: Value = serde_json::from_str(&text).with_context(|| format!("read {path}"))?;
    if let Some(servers) = config["mcpServers"].as_object_mut() {
        servers.retain(|name, _| !left_out.contains(name));
    }
    let text = serde_json::to_vec_pretty(&config)?;
    files::replace(path, &text, files::PRIVATE).with_context(|| format!("write {path}"))
}

/// A server of a list as the gateway reaches it; none if no client could.
pub fn entry(name: &str, server: &Value) -> Option<Entry> {
    let text = |key: &str| server[key].as_str().map(str::to_owned);
    let way = match (text("command"), text("url")) {
        (Some(command), _) => {
            let arguments = server["args"].as_array().into_iter().flatten();
            let arguments = arguments.filter_map(|word| word.as_str().map(str::to_owned));
            let argv = [command].into_iter().chain(arguments).collect();
            Way::Stdio { argv, cwd: text("cwd"), env: pairs(server["env"].as_object()) }
        }
        (None, Some(url)) => Way::Http { url, headers: pairs(server["headers"].as_object()) },
        (None, None) => return None,
    };
    Some(Entry { name: name.to_owned(), way })
}

fn pairs(object: Option<&Map<String, Value>>) -> Vec<(String, String)> {
    let pair = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
    object.into_iter().flatten().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const CONFIG: &str = r#"{"mcpServers": {
        "a": {"command": "x", "args": ["y", 1], "env": {"K": "v"}, "cwd": "/d"},
        "b": {"url": "http://h/mcp", "headers": {"H": "1"}},
        "c": {"type": "metadata"}}}"#;

    #[test]
    fn reads_what_can_be_reached_and_leaves_out_what_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join("proxy.json");
        fs::write(&path, CONFIG).unwrap();
        let names = |path| entries(path).into_iter().map(|entry| entry.name).collect::<Vec<_>>();
        assert_eq!(names(&path), ["a", "b"]);
        let Way::Stdio { argv, cwd, env } = &entries(&path)[0].way else { panic!("not stdio") };
        assert_eq!((argv.as_slice(), cwd.as_deref()), (&["x".into(), "y".into()][..], Some("/d")));
        assert_eq!(env, &[("K".to_owned(), "v".to_owned())]);
        leave_out(&path, &["a".into()]).unwrap();
        assert_eq!(names(&path), ["b"]);
        assert!(entries(Utf8Path::new("/none")).is_empty());
    }
}
