//! The ecosystem file that pm2 starts: the profile's, or one that is written for its command.

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use smoke_core::cause::{Cause, Code};
use smoke_core::files::{self, PRIVATE};
use smoke_core::text::nearest;
use smoke_core::{apart, program};

use crate::context::Context;
use crate::pm2::{Pm2, words};
use crate::roles::launch::Launch;
use crate::step::Step;

/// What pm2 is told to start.
#[derive(Clone, Debug, PartialEq)]
pub struct Ecosystem {
    /// The file.
    pub path: Utf8PathBuf,
    /// The app that is the gateway.
    pub gateway: String,
    /// All apps of it that are started.
    pub names: Vec<String>,
    /// The gateway's arguments, where they are known.
    pub args: Option<Vec<String>>,
    /// The variables that the file itself sets for the gateway.
    pub sets: Vec<String>,
    /// Whether the file keeps variables from the gateway.
    pub filters: bool,
}

/// The app of a file that is written here.
const OWN: &str = "gateway";

impl Ecosystem {
    /// The folder that it is started in, as a person would do.
    pub fn folder(&self) -> Utf8PathBuf {
        self.path.parent().unwrap_or(Utf8Path::new("/")).to_owned()
    }
}

/// The file of the profile, else one that is written here.
///
/// # Errors
/// There is no such file, node cannot read it, it has no such app, or the gateway's program does
/// not exist.
pub fn of(context: &Context, pm2: &Pm2, step: &Step) -> Result<Ecosystem, Cause> {
    match &context.profile.pm2.ecosystem {
        Some(path) => named(context, pm2, &context.paths.clone.join(context.expand(path)?), step),
        None => written(context, step),
    }
}

fn written(context: &Context, step: &Step) -> Result<Ecosystem, Cause> {
    let launch = Launch::of(context)?;
    step.log(&format!("$ {}", launch.argv.join(" ")));
    let (first, args) = (&launch.argv[0], launch.argv[1..].to_vec());
    let on_path = program::find(first, context.environment.get("PATH").unwrap_or_default());
    let beside = first.contains('/').then(|| launch.cwd.join(first));
    let found = beside.filter(|path| path.is_file()).or(on_path);
    let script = found
        .ok_or_else(|| launch.impossible(&format!("there is no program `{first}`"), context))?;
    let app = json!({
        "name": OWN, "script": script, "args": args, "interpreter": "none", "cwd": launch.cwd,
        "out_file": launch.log, "error_file": launch.log, "merge_logs": true,
        "restart_delay": 100, "kill_timeout": 2000, "vizion": false, "pmx": false,
    });
    let path = context.paths.workspace.join(".supervisor/gateway.config.json");
    let text = json!({"apps": [app]}).to_string();
    files::replace(&path, text.as_bytes(), PRIVATE)
        .map_err(|error| Cause::of(Code::Internal, &error.into(), "look at the workspace"))?;
    let (gateway, names) = (OWN.to_owned(), vec![OWN.to_owned()]);
    Ok(Ecosystem { path, gateway, names, args: Some(args), sets: Vec::new(), filters: false })
}

fn named(context: &Context, pm2: &Pm2, path: &Utf8Path, step: &Step) -> Result<Ecosystem, Cause> {
    let spec = &context.profile.pm2;
    if !path.is_file() {
        return Err(invalid(context, format!("there is no file {path}")));
    }
    let apps = read(context, pm2, path, step)?;
    let names: Vec<String> = apps.iter().flatten().map(|app| text(&app["name"])).collect();
    let gateway = match (&spec.app, names.as_slice()) {
        (Some(app), _) => context.expand(app)?,
        (None, [only]) => only.clone(),
        (None, []) if apps.is_none() => {
            let summary = format!("`app` must say which app of {path} the gateway is");
            return Err(invalid(context, summary));
        }
        (None, _) => {
            let there = names.join(", ");
            let summary = format!("{path} has the apps {there}; `app` must say which one it is");
            return Err(invalid(context, summary));
        }
    };
    let wanted = [vec![gateway.clone()], context.expand_all(&spec.also)?].concat();
    if let (Some(_), Some(missing)) = (&apps, wanted.iter().find(|name| !names.contains(name))) {
        let hint = nearest::hint(missing, names.iter().map(String::as_str));
        return Err(invalid(context, format!("{path} has no app `{missing}`; {hint}")));
    }
    let own = apps.into_iter().flatten().find(|app| app["name"] == gateway.as_str());
    let own = own.unwrap_or_default();
    // A line with quotes is cut by pm2 as a shell would.
    let simple = |args: &Value| !args.as_str().is_some_and(|line| line.contains(['"', '\'', '\\']));
    let args = Some(&own["args"]).filter(|args| !args.is_null() && simple(args)).map(words);
    let (sets, filters) = (words(&own["sets"]), own["filters"] == true);
    Ok(Ecosystem { path: path.to_owned(), gateway, names: wanted, args, sets, filters })
}

/// Prints the apps of a file, as pm2 reads it: with its own reader of YAML, and with `require` also
/// where the file is a module. It prints null of what cannot be told.
const READER: &str = "
const [file, pm2] = process.argv.slice(1), fs = require('fs');
const tell = apps => fs.writeSync(1, '\\n\\u0001' + JSON.stringify(apps) + '\\n');
const yaml = () => {
  try { return require('module').createRequire(fs.realpathSync(pm2))('js-yaml'); } catch { }
};
const load = () => {
  if (/\\.ya?ml$/.test(file)) return yaml()?.load(fs.readFileSync(file, 'utf8'));
  if (!file.endsWith('.json')) return require(file);
  return require('vm').runInThisContext('(' + fs.readFileSync(file, 'utf8') + ')');
};
const found = load();
if (found?.default && !found.apps)
  throw new Error('pm2 reads no default export of a module: write `export const apps = [...]`');
const list = found => [].concat(Array.isArray(found) ? found : found.apps ?? found.pm2 ?? found);
const named = app => app.name ?? require('path').parse(app.script ?? '').name;
tell(found == null ? null : list(found).map(app => ({
  name: String(named(app)), args: app.args, sets: Object.keys(app.env ?? {}),
  filters: Boolean(app.filter_env),
})));
process.exit(0);
";

/// What the file declares; none where node cannot tell: of a YAML file without pm2's own reader, or
/// without a node.
fn read(
    context: &Context,
    pm2: &Pm2,
    path: &Utf8Path,
    step: &Step,
) -> Result<Option<Vec<Value>>, Cause> {
    let search = pm2.environment.get("PATH").unwrap_or_default();
    let program = pm2.command.first().and_then(|name| program::find(name, search));
    let program = program.map_or_else(String::new, |found| found.to_string());
    let argv = ["node", "-e", READER, path.as_str(), &program].map(str::to_owned);
    let folder = path.parent().unwrap_or(path);
    let bound = step.bound().still(Duration::from_secs(10));
    let Ok(ran) = apart::run(&argv, folder, &pm2.environment, &bound) else {
        return Ok(None);
    };
    if step.stop().is_set() {
        return Err(step.interrupted());
    }
    let list = ran.stdout.rsplit_once('\u{1}').map(|(_, list)| serde_json::from_str(list));
    list.and_then(Result::ok).ok_or_else(|| {
        let lines: Vec<&str> = ran.stderr.lines().filter(|l| !l.trim().is_empty()).collect();
        let kind = |line: &str| line.split([':', '(']).next().unwrap_or_default().trim().to_owned();
        let is_error = |kind: &str| {
            !kind.contains("throw") && (kind.contains("Error") || kind.ends_with("Exception"))
        };
        let error = lines.iter().find(|line| is_error(&kind(line)));
        let error = error.unwrap_or(&"it never ended").trim();
        let cause = invalid(context, format!("node cannot read {path}: {error}"));
        cause.evidence(lines.into_iter().take(6))
    })
}

fn invalid(context: &Context, summary: String) -> Cause {
    let next = "correct [pm2] in the profile, or the ecosystem file";
    let summary = format!("{}: {summary}", context.profile.path);
    Cause::new(Code::ConfigInvalid, summary, next)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
