//! The servers that a gateway's own command line names, where its config is not rendered: a list such as
//! `mcp.json`, or the command of a server that it makes reachable over HTTP.

use camino::Utf8Path;
use serde_json::Value;
use smoke_core::environment::Environment;
use smoke_core::files;
use smoke_core::program;
use smoke_mcp::listing;

use super::config::{Entry, Way, entry};
use super::probe::Place;

/// The servers that `argv` names, as a gateway at this place is told of them.
pub fn servers(argv: &[String], place: &Place) -> Vec<Entry> {
    let lists = argv.iter().skip(1).flat_map(|word| listed(place, value(word)));
    let lists: Vec<Entry> = lists.collect();
    if lists.is_empty() { commands(argv, &place.environment) } else { lists }
}

/// The value in `--config=FILE`, else the word itself.
fn value(word: &str) -> &str {
    let flag = word.split_once('=').filter(|(flag, _)| flag.starts_with('-'));
    flag.map_or(word, |(_, value)| value)
}

/// The servers of the list at `path`, if it is one.
fn listed(place: &Place, path: &str) -> Vec<Entry> {
    let path = place.cwd.join(path);
    if !matches!(path.extension(), Some("json" | "jsonc" | "toml")) || !path.is_file() {
        return Vec::new();
    }
    let text = files::read_to_string(&path).unwrap_or_default();
    let servers = listing::servers(&path, &text).unwrap_or_default();
    let lookup = |key: &str| place.environment.get(key).map(str::to_owned);
    let plain = |server: Value| listing::for_gateway(&server, &lookup).unwrap_or(server);
    servers.into_iter().filter_map(|(name, server)| entry(&name, &plain(server))).collect()
}

/// The commands of servers: after `--stdio` or `--named-server NAME` in one word, or all that follows `--`, or,
/// with a gateway that is called mcp-proxy, the first word that is a program.
fn commands(argv: &[String], environment: &Environment) -> Vec<Entry> {
    let quoted = |from: &[String]| match from {
        [flag, command, ..] if flag == "--stdio" => Some((None, words(command))),
        [flag, name, command, ..] if flag == "--named-server" => {
            Some((Some(name.clone()), words(command)))
        }
        [word, ..] => {
            let command = word.strip_prefix("--stdio=")?;
            Some((None, words(command)))
        }
        [] => None,
    };
    let named: Vec<_> = (1..argv.len()).filter_map(|at| quoted(&argv[at..])).collect();
    let found = if named.is_empty() { Vec::from_iter(rest(argv, environment)) } else { named };
    let entry = |(name, argv): (Option<String>, Vec<String>)| {
        let name = name.unwrap_or_else(|| short(&argv));
        Entry { name, way: Way::Stdio { argv, cwd: None, env: Vec::new() } }
    };
    found.into_iter().filter(|(_, argv)| !argv.is_empty()).map(entry).collect()
}

/// The words of a command line, which a path at its beginning does not make one path of.
fn words(line: &str) -> Vec<String> {
    listing::words(&format!(" {line}"))
}

/// A server's command at the end of a gateway's.
fn rest(argv: &[String], environment: &Environment) -> Option<(Option<String>, Vec<String>)> {
    let path = environment.get("PATH").unwrap_or_default();
    let dashes = argv.iter().position(|word| word == "--");
    let is_proxy = |word: &String| {
        let name = word.rsplit('/').next().unwrap_or_default().replace('_', "-");
        name.starts_with("mcp-proxy")
    };
    let after = || {
        let proxy = argv.iter().position(is_proxy)?;
        let is_program = |word: &String| program::find(word, path).is_some();
        let first = argv[proxy + 1..].iter().position(is_program)?;
        Some(proxy + first)
    };
    let at = dashes.or_else(after)? + 1;
    Some((None, argv[at..].to_vec()))
}

/// What a server without a name is called: its command, by the files' names.
fn short(argv: &[String]) -> String {
    const LONGEST: usize = 40;
    let names = argv.iter().map(|word| Utf8Path::new(word).file_name().unwrap_or(word));
    names.collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use smoke_core::environment::Origin;

    use super::*;

    fn found(folder: &Utf8Path, line: &[&str]) -> Vec<(String, Vec<String>)> {
        let mut environment = Environment::default();
        environment.set("PATH", "/usr/bin:/bin", Origin::Inherited);
        let place = Place { cwd: folder.to_owned(), environment, logs: folder.to_owned() };
        let line: Vec<String> = line.iter().map(|word| (*word).to_owned()).collect();
        let argv = |entry: Entry| match entry.way {
            Way::Stdio { argv, .. } => (entry.name, argv),
            Way::Http { url, .. } => (entry.name, vec![url]),
        };
        servers(&line, &place).into_iter().map(argv).collect()
    }

    #[test]
    fn a_list_on_the_command_line_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let list =
            r#"{"mcpServers": {"a": {"command": "x", "args": ["y"]}, "b": {"url": "http://h/"}}}"#;
        fs::write(folder.join("mcp.json"), list).unwrap();
        fs::write(folder.join("package.json"), r#"{"name": "p"}"#).unwrap();
        let expected = [("a", vec!["x", "y"]), ("b", vec!["http://h/"])]
            .map(|(name, argv)| (name.to_owned(), argv.into_iter().map(str::to_owned).collect()));
        for line in [
            &["mcp-hub", "--port", "1", "--config", "mcp.json"][..],
            &["mcp-proxy", "-config=mcp.json"],
            &["fastmcp", "run", "package.json", "mcp.json"],
        ] {
            assert_eq!(found(folder, line), expected, "{line:?}");
        }
    }

    #[test]
    fn the_command_of_a_server_is_found_where_gateways_take_it() {
        let folder = Utf8Path::new("/");
        let one = |line: &[&str]| found(folder, line).pop().map(|(_, argv)| argv.join(" "));
        let server = Some("sh -c x".to_owned());
        for line in [
            &["supergateway", "--stdio", "sh -c x", "--port", "1"][..],
            &["supergateway", "--stdio=sh -c x"],
            &["mcp-proxy", "--port", "1", "--", "sh", "-c", "x"],
            &["uvx", "mcp-proxy", "--host", "0.0.0.0", "sh", "-c", "x"],
            &["python3", "-m", "mcp_proxy", "--port=1", "--named-server", "a", "sh -c x"],
        ] {
            assert_eq!(one(line), server, "{line:?}");
        }
        assert_eq!(one(&["gateway", "--port", "1", "sh"]), None);
        let (name, _) = found(folder, &["x", "--stdio", "/usr/bin/node /a/b.mjs one"]).remove(0);
        assert_eq!(name, "node b.mjs one");
    }
}
