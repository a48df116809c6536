//! The apps of pm2. Its list holds every variable in clear: only what is named here is taken out of it, and
//! the text is never kept.

use camino::Utf8PathBuf;
use serde_json::{Deserializer, Value};

/// An app, as pm2's own record has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct App {
    /// Its name; instances of one app share it.
    pub name: String,
    /// Its process, while there is one.
    pub pid: Option<i32>,
    /// `online`, `stopped`, `errored`, `waiting restart` and so on.
    pub status: String,
    /// How often it was started again.
    pub restarts: usize,
    /// The exit code that it ended with last.
    pub exit_code: Option<i64>,
    /// The pause before it is started again, in milliseconds.
    pub restart_delay_ms: u64,
    /// What it is started with.
    pub args: Vec<String>,
    /// The file that is started.
    pub script: String,
    /// Where its output goes.
    pub logs: Vec<Utf8PathBuf>,
}

/// Reads what `pm2 jlist` printed; a banner before the list, and advice after it, are left out.
pub fn read_list(text: &str) -> Option<Vec<App>> {
    let candidates = text.match_indices('[').map(|(start, _)| &text[start..]);
    let lists = candidates.filter_map(|text| {
        let first = Deserializer::from_str(text).into_iter::<Vec<Value>>().next();
        first?.ok().filter(|list| list.iter().all(|app| app["pm2_env"].is_object()))
    });
    let mut empty = None;
    for list in lists {
        if !list.is_empty() {
            return Some(list.iter().map(read).collect());
        }
        empty = Some(Vec::new());
    }
    empty
}

fn read(app: &Value) -> App {
    let of_env = &app["pm2_env"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    // It takes numbers from people's files as it finds them, quoted or not.
    let number = |value: &Value| value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
    let delays = ["restart_delay", "prev_restart_delay"];
    let delay = delays.iter().filter_map(|key| number(&of_env[*key])).max().unwrap_or(0);
    let log = |key: &str| of_env[key].as_str().map(Utf8PathBuf::from);
    let mut logs: Vec<Utf8PathBuf> =
        ["pm_err_log_path", "pm_out_log_path", "pm_log_path"].into_iter().filter_map(log).collect();
    logs.dedup();
    App {
        name: text(&app["name"]),
        pid: number(&app["pid"]).and_then(|pid| pid.try_into().ok()).filter(|pid| *pid > 0),
        status: text(&of_env["status"]),
        restarts: number(&of_env["restart_time"]).and_then(|n| n.try_into().ok()).unwrap_or(0),
        exit_code: number(&of_env["exit_code"]),
        restart_delay_ms: delay.try_into().unwrap_or(0),
        args: words(&of_env["args"]),
        script: text(&of_env["pm_exec_path"]),
        logs,
    }
}

/// Arguments are a list, or a line of text in older versions.
pub fn words(value: &Value) -> Vec<String> {
    match value {
        Value::Array(words) => {
            let word = |word: &Value| word.as_str().map_or_else(|| word.to_string(), str::to_owned);
            words.iter().map(word).collect()
        }
        other => other.as_str().unwrap_or_default().split_whitespace().map(str::to_owned).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_list_whatever_stands_around_it() {
        let list = r#"[{"name":"a","pid":7,"pm2_env":{"status":"online","restart_time":2,"exit_code":0,
            "args":["--x","y z"],"pm_exec_path":"/bin/a","restart_delay":"300",
            "pm_out_log_path":"/l/o","pm_err_log_path":"/l/o"}},{"name":"b","pid":0,"pm2_env":{}}]"#;
        for around in ["", "[PM2] Spawning [] a daemon\n >> [banner]\n"] {
            let text = format!("{around}{list}\nIn-memory PM2 is out-of-date [], do: pm2 update\n");
            let apps = read_list(&text).unwrap();
            assert_eq!((apps[0].pid, apps[1].pid), (Some(7), None));
            assert_eq!((apps[0].restarts, apps[0].restart_delay_ms), (2, 300));
            assert_eq!(apps[0].args, ["--x", "y z"]);
            assert_eq!(apps[0].logs, ["/l/o"]);
        }
        assert_eq!(read_list(">>>\n[]\n"), Some(Vec::new()));
        for wrong in ["", "oops", "[1]", "[{\"name\":", "[PM2] hello"] {
            assert_eq!(read_list(wrong), None, "{wrong}");
        }
    }
}
