module.exports = {
  apps: [
    {
      name: "mcp-proxy",
      script: process.env.PROXY_BIN,
      args: `--config ${process.env.PROXY_CONFIG}`,
      interpreter: "none",
      out_file: `${process.env.STELAE_DIR}/logs/mcp-proxy.out.log`,
      error_file: `${process.env.STELAE_DIR}/logs/mcp-proxy.err.log`,
    },
    { name: "watchdog", script: "no-such-watchdog" },
  ],
};
