//! The flags of `bundle-install`.

use camino::Utf8PathBuf;

use crate::cli::output::Format;

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
    /// Seconds until a running stack must list the new tools
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    pub restart_timeout: u64,
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
