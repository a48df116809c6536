//! `cargo xtask bundle-install`: a bundle into a config home, outside of any run.

mod live;
mod output;
mod pm2;
mod settings;

use std::io::{self, IsTerminal, Write};

use anyhow::Result;
use camino::Utf8PathBuf;
use smoke_bundle::{Bundle, InstallOptions, ServerEvent, Summary};

use self::live::Live;
use self::output::Progress;
use self::settings::Settings;
use crate::cli::Format;

/// Everything was done, or there was nothing to do.
const PASSED: u8 = 0;
/// A server failed; the others were handled.
const FAILED: u8 = 1;
/// The arguments or the files are wrong; nothing was changed.
const WRONG_INPUT: u8 = 2;
/// The change was made, but the running stack did not show it in time.
const TIMED_OUT: u8 = 3;

/// Arguments of `bundle-install`.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The bundle: a folder with a catalog.json, or a JSON file [default: the built-in one]
    #[arg(long, value_name = "DIR")]
    pub bundle: Option<Utf8PathBuf>,
    /// Where to install [default: $STELAE_CONFIG_HOME, else stelae in the user's config folder]
    #[arg(long, value_name = "DIR")]
    pub config_home: Option<Utf8PathBuf>,
    /// Values of placeholders, before the environment's [default: .env of the config home]
    #[arg(long, value_name = "FILE")]
    pub env_file: Option<Utf8PathBuf>,
    /// Handle only this server; can be given more than once
    #[arg(long = "server", value_name = "NAME")]
    pub servers: Vec<String>,
    /// Show what would change as a unified diff, and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Leave a running stack as it is
    #[arg(long)]
    pub no_restart: bool,
    /// Replace servers that are set up differently; what was there is backed up
    #[arg(long)]
    pub force: bool,
    /// Remove the bundle, or the given servers
    #[arg(long, conflicts_with = "list")]
    pub remove: bool,
    /// List the bundle's servers and whether they are installed
    #[arg(long)]
    pub list: bool,
    /// The gateway's template [default: $STELAE_PROXY_TEMPLATE, else the one of $STELAE_DIR]
    #[arg(long, value_name = "FILE")]
    pub template: Option<Utf8PathBuf>,
    /// What stdout gets: the diff and the list, or one JSON object
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

/// Runs the subcommand and returns its exit code.
///
/// # Errors
/// Only a failure to write to the terminal; everything else is said there and is in the exit code.
pub fn run(args: &Args) -> Result<u8> {
    let terminal = io::stderr().is_terminal();
    run_with(args, &mut io::stdout().lock(), &mut io::stderr().lock(), terminal)
}

fn run_with(
    args: &Args,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
    terminal: bool,
) -> Result<u8> {
    let result = Settings::new(args).and_then(|settings| {
        let bundle = smoke_bundle::read(&settings.bundle)?;
        if args.list {
            return list(args, &bundle, &settings, stdout);
        }
        change(args, &bundle, &settings, stdout, stderr, terminal)
    });
    match result {
        Ok(code) => Ok(code),
        Err(error) => {
            writeln!(stderr, "error: {}", output::visible(&format!("{error:#}")))?;
            Ok(WRONG_INPUT)
        }
    }
}

fn list(args: &Args, bundle: &Bundle, settings: &Settings, stdout: &mut dyn Write) -> Result<u8> {
    let states = smoke_bundle::status(bundle, &settings.home)?;
    match args.format {
        Format::Json => writeln!(stdout, "{}", output::list_json(bundle, &states))?,
        Format::Human => output::list_human(stdout, &states)?,
    }
    Ok(PASSED)
}

fn change(
    args: &Args,
    bundle: &Bundle,
    settings: &Settings,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
    terminal: bool,
) -> Result<u8> {
    let live = if args.no_restart || args.dry_run { None } else { Live::find(settings) };
    let count = if args.servers.is_empty() { bundle.server_count() } else { args.servers.len() };
    let mut progress = Progress::new(stderr, count, terminal);
    let mut summary = handle(args, bundle, settings, &mut |event| progress.show(&event))?;
    progress.end();
    let code = match live {
        Some(live) if summary.errors.is_empty() => {
            live.take_over(bundle, settings, &mut summary, stderr)?
        }
        Some(_) => {
            writeln!(stderr, "[bundle] the running stack is left as it is, for a server failed")?;
            FAILED
        }
        None if summary.errors.is_empty() => PASSED,
        None => FAILED,
    };
    output::summary(stderr, &summary, &settings.bundle)?;
    match args.format {
        Format::Json => writeln!(stdout, "{}", output::summary_json(&summary))?,
        Format::Human => stdout.write_all(output::visible(&summary.diff).as_bytes())?,
    }
    Ok(code)
}

fn handle(
    args: &Args,
    bundle: &Bundle,
    settings: &Settings,
    on_event: &mut dyn FnMut(ServerEvent),
) -> Result<Summary> {
    let options = InstallOptions {
        servers: args.servers.clone(),
        template: settings.template.clone(),
        dry_run: args.dry_run,
        force: args.force,
    };
    let act = if args.remove { smoke_bundle::remove } else { smoke_bundle::install };
    act(bundle, &settings.home, &options, &|key| settings.value(key), on_event)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use camino::Utf8Path;

    use super::*;

    fn run(folder: &Utf8Path, more: &[&str]) -> (u8, String, String) {
        #[derive(clap::Parser)]
        struct Command {
            #[command(flatten)]
            args: Args,
        }
        let (bundle, home) = (folder.join("pack"), folder.join("home"));
        let fixed =
            ["x", "--bundle", bundle.as_str(), "--config-home", home.as_str(), "--no-restart"];
        let command: Command =
            clap::Parser::try_parse_from(fixed.iter().chain(more)).expect("valid arguments");
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let code = run_with(&command.args, &mut stdout, &mut stderr, false).unwrap();
        (code, String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
    }

    fn folder(catalog: &str) -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        fs::create_dir(path.join("pack")).unwrap();
        fs::write(path.join("pack/catalog.json"), catalog).unwrap();
        (folder, path)
    }

    const GOOD: &str = r#"{"servers": [{"name": "a", "command": "/bin/sh", "args": ["{{K}}"]}]}"#;

    #[test]
    fn installs_lists_and_removes() {
        let (_guard, folder) = folder(GOOD);
        fs::write(folder.join("env"), "K=v\n").unwrap();
        let file = folder.join("env");
        let env = ["--env-file", file.as_str()];
        let (code, diff, _) = run(&folder, &[env[0], env[1], "--dry-run"]);
        assert!(code == PASSED && diff.contains("+    \"a\": {") && !folder.join("home").exists());
        let (code, _, lines) = run(&folder, &env);
        assert!(
            code == PASSED
                && lines.contains("[bundle] installing a\n[bundle] a updated (template)")
        );
        let (_, _, lines) = run(&folder, &env);
        assert!(lines.contains("[bundle] a already up to date"), "{lines}");
        assert!(run(&folder, &["--list"]).1.starts_with("a  installed"));
        let (code, json, _) = run(&folder, &["--remove", "--format", "json"]);
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert!(code == PASSED && json["removed"] == serde_json::json!(["a"]));
    }

    #[test]
    fn a_failed_server_is_exit_code_1() {
        let (_guard, folder) = folder(GOOD);
        let (code, json, lines) = run(&folder, &["--format", "json"]);
        assert_eq!(code, FAILED);
        assert!(lines.contains("a failed: the placeholder {{K}} has no value"), "{lines}");
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["errors"][0]["name"], "a");
    }

    #[test]
    fn wrong_input_is_exit_code_2() {
        let (_guard, folder) = folder("{");
        assert_eq!(run(&folder, &[]).0, WRONG_INPUT);
        fs::write(folder.join("pack/catalog.json"), GOOD).unwrap();
        let (code, _, lines) = run(&folder, &["--server", "b"]);
        assert!(code == WRONG_INPUT && lines.contains("there is no server \"b\""), "{lines}");
        assert_eq!(run(&folder, &["--env-file", "/none"]).0, WRONG_INPUT);
        assert!(!folder.join("home").exists());
    }
}
