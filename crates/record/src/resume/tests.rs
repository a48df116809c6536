use smoke_agents::agent;

use super::*;
use crate::options::{Extent, Manual, ModelKind, Roles, Scope, SupervisorKind};

/// As the last program without versions left it, but for what nobody needs any more.
const UNVERSIONED: &str = r#"{
  "id": "20261201-040915-14f050",
  "args": {
    "profile": null, "source": "/src", "rev": "HEAD", "proxy_source": null,
    "supervisor": "pm2", "agent": null, "model": "scripted", "init": false, "plan_only": false,
    "inject": null, "cold": true, "repeat": null, "until_fail": false, "committed": false,
    "manual_stage": ["install"], "manual": false, "resume": false,
    "workspace": {
      "workspace": "/ws", "keep_workspace": true, "reuse_workspace": false,
      "no_reuse_workspace": false, "force_workspace": false, "force_outdated": false,
      "force_bootstrap": false, "bootstrap_only": false, "no_bootstrap_build": false,
      "skip_bootstrap": false, "cleanup_only": false
    },
    "limits": {"restart_timeout": 7, "restart_retries": 1, "heartbeat_timeout": 0},
    "parts": {
      "port": 19555, "python_bin": "/python", "pm2": null, "codex_cli": null, "codex_home": "/codex",
      "wrapper_release": null, "go_flags": null, "gomaxprocs": null, "pytest_scope": "full",
      "no_pm2_kill": false, "pm2_kill": false, "no_port_kill": false
    },
    "artifacts": null, "format": "human", "verbose": false, "quiet": false,
    "capture_debug_tools": true, "capture_diag_logs": false, "force_no_logs": false
  },
  "source": {"path": "/src", "commit": "dd73f0", "tree": "eddcc0", "dirty": false},
  "profile_path": "/src/smoke.toml",
  "profile_text": "name = \"try\"\nagent = \"codex\"\n[gateway]\ncommand = [\"serve\"]\n",
  "workspace": "/ws", "pm2_home": "/tmp/stelae-smoke-pm2-x", "reused": false,
  "run_folder": "/w/target/smoke/runs/20261201-040915-14f050", "cache": "/w/target/smoke",
  "gateway_commit": null, "port": 19555, "call_log_offset": 12, "waiting_for": ["install"]
}"#;

#[test]
fn a_run_that_the_program_before_versions_left_can_be_resumed() {
    let resume = read(UNVERSIONED).unwrap();
    assert_eq!((resume.run.id.as_str(), resume.run.port), ("20261201-040915-14f050", 19555));
    assert_eq!((resume.profile.name.as_str(), resume.call_log_offset), ("try", 12));
    assert_eq!(resume.pm2_home.as_deref(), Some("/tmp/stelae-smoke-pm2-x".into()));
    let options = resume.options;
    // Who was not asked for is the profile's.
    let (supervisor, model) = (SupervisorKind::Pm2, ModelKind::Scripted);
    assert_eq!(options.roles, Roles { supervisor, agent: &agent::CODEX, model });
    assert_eq!(options.manual, Manual::Stages(vec!["install".into()]));
    assert_eq!((options.scope, options.extent), (Scope::Full, Extent::Full));
    assert_eq!((options.limits.heartbeat, options.cold), (None, true));
    assert!(options.workspace.keep && options.capture.debug_tools);
    assert_eq!(options.parts.python.as_deref(), Some("/python".into()));
    assert_eq!(options.parts.codex_home.as_deref(), Some("/codex".into()));
}

#[test]
fn what_is_written_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Utf8Path::from_path(folder.path()).unwrap();
    let mut left = read(UNVERSIONED).unwrap();
    for manual in [left.options.manual.clone(), Manual::All] {
        left.options.manual = manual;
        left.save(workspace).unwrap();
        let read = Resume::load(workspace).unwrap();
        assert_eq!((&read.run, &read.options), (&left.run, &left.options));
        assert_eq!(read.profile.text, left.profile.text);
        assert_eq!(
            (read.run_folder, read.pm2_home),
            (left.run_folder.clone(), left.pm2_home.clone())
        );
    }
}

#[test]
fn a_newer_version_is_called_so() {
    let cause = read(r#"{"version": 2, "unheard": "of"}"#).unwrap_err();
    assert_eq!(cause.summary, "has version 2, and this program knows 1 at most");
    assert!(cause.next.contains("the version of this program that began the run"), "{cause:?}");
}

#[test]
fn what_cannot_be_understood_is_named_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Utf8Path::from_path(folder.path()).unwrap();
    let cause = Resume::load(workspace).unwrap_err();
    assert!(cause.summary.starts_with(&format!("read {workspace}/{FILE}: ")), "{cause:?}");
    let agent = UNVERSIONED.replace("\"agent\": null", "\"agent\": \"nobody\"");
    for (text, what) in [("{", "EOF"), ("{\"version\": 1}", "`id`"), (&agent, "agent `nobody`")] {
        files::replace(&workspace.join(FILE), text.as_bytes(), PRIVATE).unwrap();
        let cause = Resume::load(workspace).unwrap_err();
        assert!(cause.summary.starts_with(&format!("{workspace}/{FILE} is not")), "{cause:?}");
        assert!(cause.summary.contains(what) && cause.code == Code::Usage, "{cause:?}");
    }
}
