//! `cargo xtask bundle-install`: a bundle into a config home, outside of any run.

mod args;
mod failure;
mod live;
mod output;
mod pm2;
mod settings;

use std::time::Duration;

use anyhow::Result;
use smoke_bundle::{Bundle, InstallOptions, ServerEvent, Summary};
use smoke_core::cause::{Cause, Code};
use smoke_record::screen;

use self::live::Live;
use self::settings::Settings;
use crate::cli::output::Format;

pub use args::Args;

/// Everything was done, or there was nothing to do.
const PASSED: u8 = 0;
/// A server failed; the others were handled.
const FAILED: u8 = 1;

/// Runs the subcommand, says what it did, and returns its exit code: 0, or 1 when a server failed,
/// 2 when the arguments or files are wrong, 3 when the running stack did not show the change in
/// time, 4 when the machine does not let the files be written.
pub fn run(args: &Args) -> u8 {
    match act(args) {
        Ok(code) => code,
        Err(cause) => {
            screen::say(&failure::shown(&cause));
            if args.format == Format::Json {
                screen::print(&output::summary_json(&Summary::default(), Some(&cause)));
            }
            cause.exit_code()
        }
    }
}

fn act(args: &Args) -> Result<u8, Cause> {
    let wrong = |code| move |error: anyhow::Error| failure::cause(&error, code);
    let settings = Settings::new(args).map_err(wrong(Code::ConfigInvalid))?;
    let missing = !settings.bundle.exists();
    let code = if missing { Code::BundleMissing } else { Code::BundleInvalid };
    let bundle = smoke_bundle::read(&settings.bundle).map_err(wrong(code))?;
    if args.list {
        return list(args, &bundle, &settings).map_err(wrong(Code::ConfigInvalid));
    }
    change(args, &bundle, &settings)
}

fn list(args: &Args, bundle: &Bundle, settings: &Settings) -> Result<u8> {
    let states = smoke_bundle::status(bundle, &settings.home)?;
    match args.format {
        Format::Json => screen::print(&output::list_json(bundle, &states)),
        Format::Human => screen::print_inert(&output::list_human(&states)),
    }
    Ok(PASSED)
}

fn change(args: &Args, bundle: &Bundle, settings: &Settings) -> Result<u8, Cause> {
    let live = if args.no_restart || args.dry_run { None } else { Live::find(settings) };
    let mut summary = handle(args, bundle, settings)
        .map_err(|error| failure::cause(&error, Code::ConfigInvalid))?;
    let failed = !summary.errors.is_empty();
    let taken = match live {
        Some(live) if !failed => {
            let patience = Duration::from_secs(args.restart_timeout);
            live.take_over(bundle, settings, &mut summary, patience)
        }
        Some(_) => {
            screen::say("[bundle] the running stack is left as it is, for a server failed");
            Ok(())
        }
        None => Ok(()),
    };
    screen::say(&output::summary(&summary, &settings.bundle));
    if let Err(cause) = &taken {
        screen::say(&failure::shown(cause));
    }
    match args.format {
        Format::Json => screen::print(&output::summary_json(&summary, taken.as_ref().err())),
        Format::Human => screen::print_inert(&summary.diff),
    }
    let usual = if failed { FAILED } else { PASSED };
    Ok(taken.map_or_else(|cause| cause.exit_code(), |()| usual))
}

fn handle(args: &Args, bundle: &Bundle, settings: &Settings) -> Result<Summary> {
    let options = InstallOptions {
        servers: args.servers.clone(),
        template: settings.template.clone(),
        dry_run: args.dry_run,
        force: args.force,
    };
    let count = if args.servers.is_empty() { bundle.server_count() } else { args.servers.len() };
    let mut done = 0;
    let mut on_event = |event: ServerEvent| {
        screen::say(&output::line(&event));
        done += usize::from(!matches!(event, ServerEvent::Installing { .. }));
        screen::progress(&output::bar(done, count));
    };
    let act = if args.remove { smoke_bundle::remove } else { smoke_bundle::install };
    let result = act(bundle, &settings.home, &options, &|key| settings.value(key), &mut on_event);
    screen::progress("");
    result
}

#[cfg(test)]
mod tests {
    use std::fs;

    use camino::Utf8Path;

    use camino::Utf8PathBuf;

    use super::*;

    /// The exit code; what is printed is checked on the real program.
    fn run(folder: &Utf8Path, more: &[&str]) -> u8 {
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
        super::run(&command.args)
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
        assert_eq!(run(&folder, &[env[0], env[1], "--dry-run"]), PASSED);
        assert!(!folder.join("home").exists());
        let overlay = || fs::read_to_string(folder.join("home/proxy.template.local.json")).unwrap();
        assert_eq!(run(&folder, &env), PASSED);
        assert!(overlay().contains("\"a\": {"));
        assert_eq!((run(&folder, &env), run(&folder, &["--list"])), (PASSED, PASSED));
        assert_eq!(run(&folder, &["--remove", "--format", "json"]), PASSED);
        assert!(!overlay().contains("\"a\""));
    }

    #[test]
    fn a_failed_server_is_exit_code_1() {
        let (_guard, folder) = folder(GOOD);
        assert_eq!(run(&folder, &["--format", "json"]), FAILED);
    }

    #[test]
    fn wrong_input_is_exit_code_2() {
        let (_guard, folder) = folder("{");
        assert_eq!(run(&folder, &[]), 2);
        fs::write(folder.join("pack/catalog.json"), GOOD).unwrap();
        assert_eq!(run(&folder, &["--server", "b"]), 2);
        assert_eq!(run(&folder, &["--env-file", "/none"]), 2);
        assert!(!folder.join("home").exists());
    }
}
