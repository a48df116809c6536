//! The secrets that no log, record or screen of a run may show.

use camino::Utf8Path;
use serde_json::Value;
use smoke_agents::codex::{self, login};
use smoke_core::environment::Environment;
use smoke_core::git;
use smoke_mcp::listing;
use smoke_record::facts::Facts;
use smoke_record::mask::Mask;
use smoke_record::options::Options;
use smoke_record::profile::{Profile, ServerSpec};

/// The secrets in the environment, in the gateway's headers, in the entries of servers and in the login
/// of the agent.
pub fn mask(
    environment: &Environment,
    headers: &[(String, String)],
    (run, options, profile): (&Facts, &Options, &Profile),
) -> Mask {
    let mut mask = Mask::new(environment);
    let secret = |(name, _): &&(String, String)| listing::is_secret_name(name);
    headers.iter().filter(secret).for_each(|(_, value)| mask.add_header(value));
    let servers = entries(run, profile, environment);
    servers.iter().flat_map(listing::secrets).for_each(|value| mask.add_header(value));
    if let Some(home) = codex::users_home(options.parts.codex_home.as_deref(), environment) {
        mask.add_logins(&home.join("auth.json"));
        login::secrets(&home).iter().for_each(|secret| mask.add(secret));
    }
    mask
}

/// The entries of all servers that the profile names, also of those in the file of a client. Whether
/// that file is as it should be is for the step that reads it.
fn entries(run: &Facts, profile: &Profile, environment: &Environment) -> Vec<Value> {
    let listed = profile.mcp_config.as_ref().and_then(|spec| {
        let source = Utf8Path::new(&run.source.path);
        let text = git::show(source, &run.source.commit, &spec.path, environment)?;
        listing::servers(Utf8Path::new(&spec.path), &text).ok()
    });
    let listed = listed.into_iter().flatten().map(|(_, entry)| entry);
    profile.servers.iter().map(ServerSpec::entry).chain(listed).collect()
}
