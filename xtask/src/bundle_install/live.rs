//! The update of a running stack: render again, restart what does not reload by itself, and wait until the
//! gateway lists the new tools.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use serde_json::Value;
use smoke_bundle::{Bundle, Summary};
use smoke_core::cause::{Cause, Code};
use smoke_mcp::{Client, Options};
use smoke_record::screen;

use super::settings::Settings;
use super::{failure, output, pm2};

/// The pause between two looks at the tool list.
const PAUSE: Duration = Duration::from_millis(100);

/// How long the list has to stay the same when nothing says which tools to wait for.
const SETTLED: Duration = Duration::from_secs(3);

/// A stack whose gateway config was rendered before.
pub struct Live {
    config: Utf8PathBuf,
    template: Utf8PathBuf,
    tools: Option<Vec<Value>>,
}

impl Live {
    /// The stack that reads this config home, if one was ever rendered.
    pub fn find(settings: &Settings) -> Option<Self> {
        let config = settings.proxy_config();
        let template = settings.template.clone().filter(|_| config.is_file())?;
        let tools = address(&config).and_then(|url| list(&url, Duration::from_secs(2)).ok());
        Some(Self { config, template, tools })
    }

    /// Gives the change to the stack and waits until its gateway shows it, at most for `patience`.
    pub fn take_over(
        self,
        bundle: &Bundle,
        settings: &Settings,
        summary: &mut Summary,
        patience: Duration,
    ) -> Result<(), Cause> {
        let lookup = |key: &str| settings.value(key);
        let rendered = smoke_bundle::render(&self.template, &settings.home, &self.config, &lookup)
            .map_err(|error| failure::cause(&error, Code::ConfigInvalid))?;
        if !rendered.changed && !rendered.overrides_changed {
            return Ok(());
        }
        screen::say(&format!("[bundle] rendered {}", self.config));
        let restarted = pm2::restart(settings, &self.config, summary)?;
        match (&self.tools, address(&self.config)) {
            (None, _) if restarted.is_empty() => {
                screen::say("[bundle] no gateway is running, so nothing waits for it");
                Ok(())
            }
            (_, None) => Err(Cause::new(
                Code::ConfigInvalid,
                format!("{} has no mcpProxy.addr to look at", self.config),
                format!("give {} an mcpProxy.addr such as :{{{{PROXY_PORT}}}}", self.template),
            )),
            (before, Some(url)) => {
                let wanted = Wanted::new(bundle, settings, summary);
                wait(&url, before.as_deref().unwrap_or_default(), &wanted, patience)
            }
        }
    }
}

/// What the tool list has to show.
#[derive(Debug, Default, PartialEq)]
struct Wanted {
    there: BTreeSet<String>,
    gone: BTreeSet<String>,
}

impl Wanted {
    /// The tools that the descriptors name, as the gateway's overrides let them be seen.
    fn new(bundle: &Bundle, settings: &Settings, summary: &Summary) -> Self {
        let overrides = std::fs::read(settings.home.runtime_overrides()).unwrap_or_default();
        let overrides = serde_json::from_slice(&overrides).unwrap_or(Value::Null);
        let mut wanted = Self::default();
        for (server, name) in bundle.servers().zip(bundle.server_names()) {
            let tools = tools_of(&server, &overrides["servers"][name]);
            if summary.installed.iter().any(|installed| installed == name) {
                wanted.there.extend(tools);
            } else if summary.removed.iter().any(|removed| removed == name) {
                wanted.gone.extend(tools);
            }
        }
        wanted
    }

    /// Whether the list that has been the same for the time `settled` is what it should be. Without
    /// a tool to look for, it is when it has settled; and a tool that is to be gone may have a
    /// namesake on another server.
    fn met(&self, listed: &BTreeSet<String>, settled: Duration) -> bool {
        let quiet = settled >= SETTLED;
        let named = !self.there.is_empty() || !self.gone.is_empty();
        self.there.is_subset(listed) && (quiet || named && self.gone.is_disjoint(listed))
    }

    /// What the list does not show yet, in words.
    fn lacks(&self, listed: &BTreeSet<String>) -> String {
        let missing: Vec<String> = self.there.difference(listed).cloned().collect();
        if missing.is_empty() {
            return "its tool list does not show the change yet".to_owned();
        }
        format!("its tool list lacks {}", output::joined(&missing))
    }
}

fn tools_of(server: &Value, overrides: &Value) -> Vec<String> {
    let hidden = |part: &Value| part["enabled"] == false;
    if hidden(overrides) {
        return Vec::new();
    }
    let tools = server["tools"].as_array().into_iter().flatten();
    let names = tools.filter_map(|tool| tool["name"].as_str()).map(str::trim);
    let seen = names.filter_map(|name| {
        let own = &overrides["tools"][name];
        (!hidden(own)).then(|| own["name"].as_str().unwrap_or(name).to_owned())
    });
    seen.collect()
}

/// Waits until the list shows what is wanted, twice in a row.
fn wait(url: &str, before: &[Value], wanted: &Wanted, patience: Duration) -> Result<(), Cause> {
    let start = Instant::now();
    let mut last = names(before);
    let mut since = Instant::now();
    let mut reason = String::new();
    while start.elapsed() < patience {
        match list(url, Duration::from_secs(5)) {
            Ok(tools) => {
                let now = names(&tools);
                if now != last {
                    (last, since) = (now, Instant::now());
                } else if wanted.met(&last, since.elapsed()) {
                    report(before, &last);
                    return Ok(());
                }
                reason = wanted.lacks(&last);
            }
            Err(error) => reason = error,
        }
        std::thread::sleep(PAUSE);
    }
    let summary = format!("{url} did not take the change within {patience:?}: {reason}");
    Err(Cause::new(Code::ToolsMissing, summary, "look at the gateway's log").timed_out())
}

fn report(before: &[Value], now: &BTreeSet<String>) {
    let old = names(before);
    screen::say(&format!("[bundle] the gateway lists {} tools", now.len()));
    let list = |set: BTreeSet<&String>| set.into_iter().cloned().collect::<Vec<_>>();
    let (new, gone) = (now.difference(&old).collect(), old.difference(now).collect());
    for (label, names) in [("New tools", list(new)), ("Tools that are gone", list(gone))] {
        if !names.is_empty() {
            screen::say(&format!("{label}: {}", output::joined(&names)));
        }
    }
}

fn names(tools: &[Value]) -> BTreeSet<String> {
    tools.iter().filter_map(|tool| Some(tool.get("name")?.as_str()?.to_owned())).collect()
}

fn list(url: &str, timeout: Duration) -> Result<Vec<Value>, String> {
    let options =
        Options { timeout, headers: Vec::new(), client_name: "bundle-install".to_owned() };
    let mut client = Client::connect(url, &options).map_err(|refusal| refusal.to_string())?;
    let tools = client.list_tools().map_err(|refusal| refusal.to_string());
    client.close();
    tools
}

/// The gateway's address, from its config: `:PORT` or `HOST:PORT`, always asked on loopback.
fn address(config: &Utf8PathBuf) -> Option<String> {
    let config: Value = serde_json::from_slice(&std::fs::read(config).ok()?).ok()?;
    let (_, port) = config.get("mcpProxy")?.get("addr")?.as_str()?.rsplit_once(':')?;
    Some(format!("http://127.0.0.1:{}/mcp", port.parse::<u16>().ok()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn knows_when_the_list_shows_the_change() {
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        let wanted = Wanted { there: set(&["a"]), gone: set(&["b"]) };
        assert!(wanted.met(&set(&["a", "c"]), Duration::ZERO));
        assert!(!wanted.met(&set(&["a", "b"]), Duration::ZERO));
        assert!(wanted.met(&set(&["a", "b"]), SETTLED));
        assert!(!wanted.met(&set(&["c"]), SETTLED));
        assert!(!Wanted::default().met(&set(&["c"]), Duration::ZERO));
    }

    #[test]
    fn a_hidden_tool_is_not_waited_for() {
        let server = json!({"tools": [{"name": "a"}, {"name": "b"}, {"name": "c"}]});
        let overrides = json!({"tools": {"a": {"enabled": false}, "b": {"name": "B"}}});
        assert_eq!(tools_of(&server, &overrides), ["B", "c"]);
        assert!(tools_of(&server, &json!({"enabled": false})).is_empty());
        assert_eq!(tools_of(&server, &Value::Null).len(), 3);
    }

    #[test]
    fn finds_the_address_in_the_config() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = Utf8PathBuf::from_path_buf(file.path().to_owned()).unwrap();
        for (config, expected) in [
            (json!({"mcpProxy": {"addr": ":8123"}}), Some("http://127.0.0.1:8123/mcp".to_owned())),
            (json!({"mcpProxy": {"addr": "x"}}), None),
            (json!({}), None),
        ] {
            std::fs::write(&path, config.to_string()).unwrap();
            assert_eq!(address(&path), expected);
        }
    }
}
