//! The probe of a server itself, past the gateway: whether it serves.

use std::net::{TcpStream, ToSocketAddrs};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use serde_json::Value;
use smoke_core::environment::{Environment, Origin};
use smoke_core::process::Process;
use smoke_core::stop::Stop;
use smoke_core::text::tail;
use smoke_mcp::endpoint::{self, Endpoint};
use smoke_mcp::{Program, Refusal};

use super::config::{Entry, Way};

/// What a server said for itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Whether it serves; none when that cannot be told.
    pub serves: Option<bool>,
    /// How long it took to list its tools.
    pub after: Option<Duration>,
    /// Its tools.
    pub tools: Vec<String>,
    /// Why it does not serve.
    pub why: Vec<String>,
    /// The process by which it is known to run, so that it was not asked.
    pub running: Option<Process>,
}

/// Where a server that is started for this is run, and what it gets.
pub struct Place {
    /// The folder, where its entry names none.
    pub cwd: Utf8PathBuf,
    /// The environment of the gateway.
    pub environment: Environment,
    /// The folder for its error output.
    pub logs: Utf8PathBuf,
}

/// Asks the server for its tools, for at most `patience`.
pub fn ask(entry: &Entry, place: &Place, patience: Duration, stop: &Stop) -> Answer {
    match &entry.way {
        Way::Http { url, .. } if url.starts_with("https:") => knock(url, patience),
        Way::Http { url, headers } => {
            let endpoint = Endpoint::Http { url: url.clone(), headers: headers.clone() };
            let said = answer(|| endpoint::list_tools(&endpoint, patience, stop));
            let at = said.why.iter().map(|why| format!("{url}: {why}")).collect();
            Answer { why: at, ..said }
        }
        Way::Stdio { argv, cwd, env } => {
            let mut environment = place.environment.clone();
            env.iter().for_each(|(key, value)| environment.set(key, value, Origin::Run));
            let cwd = cwd.as_ref().map_or_else(|| place.cwd.clone(), Utf8PathBuf::from);
            let log = place.logs.join(log_name(&entry.name));
            let (argv, log, stop) = (argv.clone(), log.clone(), stop.clone());
            let program = Program { argv, cwd, environment, log: log.clone(), stop };
            let mut said = answer(|| list_tools(&Endpoint::Stdio(program), patience));
            if said.serves != Some(true) {
                said.why.extend(telling(&tail::lines(&log, 20)));
            }
            said
        }
    }
}

/// The line that says why a program failed, and of Python where: the last one, but npm's last is about its log.
pub fn telling(lines: &[String]) -> Option<String> {
    let of_npm = |line: &&String| line.starts_with("npm error") || line.starts_with("npm ERR!");
    let last = lines.last()?;
    let is_code = |line: &&String| line.split_whitespace().nth(2) == Some("code");
    let first = lines.iter().filter(of_npm).find(|line| !is_code(line));
    if let Some(first) = first.filter(|_| of_npm(&last)) {
        return Some(first.clone());
    }
    let is_place = |line: &&String| line.trim_start().starts_with("File \"");
    let place = lines.iter().rev().find(is_place).map(|line| line.trim());
    Some(place.map_or_else(|| last.clone(), |place| format!("{last} ({place})")))
}

/// The tools of a server that is started, which has ended when this returns.
fn list_tools(endpoint: &Endpoint, patience: Duration) -> Result<Vec<Value>, Refusal> {
    let mut client = endpoint::open(endpoint, patience)?;
    client.list_tools()
}

fn answer(list: impl FnOnce() -> Result<Vec<Value>, Refusal>) -> Answer {
    let start = Instant::now();
    match list() {
        Ok(tools) => Answer {
            serves: Some(true),
            after: Some(start.elapsed()),
            tools: endpoint::names(&tools).into_iter().map(str::to_owned).collect(),
            ..Answer::default()
        },
        // One that is slow may serve yet.
        Err(refusal) if refusal.is_late() => {
            Answer { why: vec![refusal.to_string()], ..Answer::default() }
        }
        Err(refusal) => {
            Answer { serves: Some(false), why: vec![refusal.to_string()], ..Answer::default() }
        }
    }
}

/// Whether anything listens at an address that is spoken to over TLS, which is not looked into.
fn knock(url: &str, patience: Duration) -> Answer {
    let (sender, answer) = channel();
    let host = host(url);
    let asked = host.clone();
    // A name may take longer to look up than anyone wants to wait, and cannot be called off.
    thread::spawn(move || drop(sender.send(connect(&asked, patience))));
    match answer.recv_timeout(patience) {
        Ok(Ok(())) => Answer::default(),
        Ok(Err(error)) => Answer {
            serves: Some(false),
            why: vec![format!("{url}: {error}")],
            ..Answer::default()
        },
        Err(_) => Answer {
            why: vec![format!("{url}: no answer within {patience:?}")],
            ..Answer::default()
        },
    }
}

fn connect(host: &str, patience: Duration) -> std::io::Result<()> {
    let address = host.to_socket_addrs()?.next();
    let address = address.ok_or_else(|| std::io::Error::other("the host has no address"))?;
    TcpStream::connect_timeout(&address, patience).map(drop)
}

/// Host and port of an address.
fn host(url: &str) -> String {
    let rest = url.trim_start_matches("https://");
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    if host.rsplit(']').next().unwrap_or_default().contains(':') {
        host.to_owned()
    } else {
        format!("{host}:443")
    }
}

/// The log of a server that was asked by itself, whatever its name is made of.
pub fn log_name(server: &str) -> String {
    let fine = |c: char| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' };
    format!("server-{}.log", server.chars().take(60).map(fine).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask_sh(script: &str) -> Answer {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        let argv = ["sh", "-c", script].map(str::to_owned).to_vec();
        let way = Way::Stdio { argv, cwd: None, env: Vec::new() };
        let environment = Environment::inherited();
        let place = Place { cwd: path.clone(), environment, logs: path };
        ask(
            &Entry { name: "a/b".into(), way },
            &place,
            Duration::from_millis(700),
            &Stop::default(),
        )
    }

    #[test]
    fn one_that_ends_is_down_with_its_last_words_and_one_that_is_silent_may_come() {
        let ended = ask_sh("echo no such module >&2; exit 3");
        assert_eq!(ended.serves, Some(false));
        assert!(ended.why.iter().any(|line| line.contains("no such module")), "{ended:?}");
        assert_eq!(ask_sh("cat >/dev/null").serves, None);
    }

    #[test]
    fn the_telling_line_is_the_last_one_but_of_npm_the_first() {
        let told =
            |lines: &[&str]| telling(&lines.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>());
        let npm = [
            "npm error code ETARGET",
            "npm error notarget No matching version found for x@0.6.0.",
            "npm error A complete log of this run can be found in: /x.log",
        ];
        assert_eq!(told(&npm).as_deref(), Some(npm[1]));
        assert_eq!(told(&["Traceback:", "KeyError: 'x'"]).as_deref(), Some("KeyError: 'x'"));
        let python = ["Traceback:", "  File \"/a.py\", line 81", "    if x", "SyntaxError: no ':'"];
        let whole = "SyntaxError: no ':' (File \"/a.py\", line 81)";
        assert_eq!(told(&python).as_deref(), Some(whole));
        assert_eq!(told(&[]), None);
    }

    #[test]
    fn finds_host_and_port() {
        assert_eq!(host("https://h.example/mcp"), "h.example:443");
        assert_eq!(host("https://u@h:8443?x"), "h:8443");
        assert_eq!(host("https://[::1]/"), "[::1]:443");
    }
}
