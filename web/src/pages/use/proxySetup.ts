export interface ProxyAddress {
  host: string;
  port: number;
}

export interface SetupStep {
  say: string;
  /** What is copied. */
  code?: string;
}

export interface Program {
  id: string;
  title: string;
  steps: readonly SetupStep[];
  /** Who looks names up. */
  dns: string;
}

/** What `./x0t connect` listens on unless it is told otherwise. */
export const OWN_CLIENT: ProxyAddress = { host: "127.0.0.1", port: 10_829 };

/** "socks5h://127.0.0.1:10809" → its parts; undefined for another form. */
export function proxyAddressOf(socksUrl: string): ProxyAddress | undefined {
  const [, host, port] = /^socks5h?:\/\/(\[[0-9a-f:]+\]|[\w.-]+):(\d{1,5})\/?$/i.exec(socksUrl) ?? [];
  return host === undefined || port === undefined ? undefined : { host, port: Number(port) };
}

/**
 * How to point each program at the proxy, and how to stop it again.
 * @param onlySite of a devnet, whose exits reach nothing else. It is on this machine, which browsers reach without a proxy
 * unless they are told not to.
 */
export function programsFor({ host, port }: ProxyAddress, onlySite?: string): readonly Program[] {
  const site = onlySite ?? "https://example.org/";
  const proxy = `socks5h://${host}:${port}`;
  const netcat = `nc -X 5 -x ${host}:${port} %h %p`;
  return [
    {
      id: "firefox",
      title: "Firefox",
      steps: [
        { say: `Settings → General → Network Settings → Manual proxy configuration: SOCKS Host ${host}, Port ${port}, SOCKS v5, and tick “Proxy DNS when using SOCKS v5”. The other fields stay empty.` },
        {
          say: "Or put these lines into the file user.js of a profile; the one on media keeps video calls from going beside the proxy:",
          code: [
            'user_pref("network.proxy.type", 1);',
            `user_pref("network.proxy.socks", "${host}");`,
            `user_pref("network.proxy.socks_port", ${port});`,
            'user_pref("network.proxy.socks_version", 5);',
            'user_pref("network.proxy.socks_remote_dns", true);',
            'user_pref("media.peerconnection.ice.proxy_only", true);',
            ...(onlySite === undefined ? [] : ['user_pref("network.proxy.allow_hijacking_localhost", true);']),
          ].join("\n"),
        },
        { say: "To stop: choose “No proxy” there." },
      ],
      dns: "With “Proxy DNS” ticked, names are looked up by the exit relay, inside the tunnel. Without it, Firefox asks your own DNS server, which then knows the sites.",
    },
    {
      id: "chromium",
      title: "Chromium",
      steps: [
        {
          say: "Start it with a profile of its own; the same works for Chrome, Edge and Brave:",
          code: `chromium --user-data-dir="$HOME/.x0t-chromium" --proxy-server="socks5://${host}:${port}" --host-resolver-rules="MAP * ~NOTFOUND , EXCLUDE ${host}" --force-webrtc-ip-handling-policy=disable_non_proxied_udp${onlySite === undefined ? "" : ` --proxy-bypass-list="<-loopback>" ${onlySite}`}`,
        },
        { say: "To stop: close that window. Your usual profile never used the proxy." },
      ],
      dns: "Chromium leaves names to the proxy; the rule MAP * ~NOTFOUND makes sure that it asks no DNS server of its own, not even ahead of a click.",
    },
    {
      id: "curl",
      title: "curl",
      steps: [
        { say: "Once:", code: `curl -x ${proxy} ${site}` },
        { say: "For all that this shell starts (curl, wget2, pip, many others):", code: `export ALL_PROXY=${proxy}` },
        { say: "To stop:", code: "unset ALL_PROXY" },
      ],
      dns: "The h of socks5h matters: it leaves the name to the exit relay. With socks5:// curl looks it up itself, outside the tunnel.",
    },
    {
      id: "git",
      title: "git",
      steps: [
        { say: "One command, over HTTPS:", code: `git -c http.proxy=${proxy} clone https://example.org/project.git` },
        { say: "Always:", code: `git config --global http.proxy ${proxy}` },
        { say: "To stop:", code: "git config --global --unset http.proxy" },
        { say: "Over ssh:", code: `GIT_SSH_COMMAND="ssh -o ProxyCommand='${netcat}'" git clone git@example.org:project.git` },
      ],
      dns: "With socks5h the exit relay looks names up; over ssh netcat hands the name on as well.",
    },
    {
      id: "ssh",
      title: "ssh",
      steps: [
        { say: "Once (OpenBSD's netcat, the usual one):", code: `ssh -o ProxyCommand='${netcat}' you@example.org` },
        { say: "For a host always, in ~/.ssh/config:", code: `Host example.org\n  ProxyCommand ${netcat}` },
        { say: "Port 22 goes over two circuits at once: not even a relay that falls silent costs a keystroke. It costs twice." },
      ],
      dns: "netcat hands the name to the proxy: the exit relay looks it up. Your machine learns the server's key as ever.",
    },
    {
      id: "system",
      title: "System",
      steps: [
        {
          say: "GNOME:",
          code: `gsettings set org.gnome.system.proxy.socks host ${host}\ngsettings set org.gnome.system.proxy.socks port ${port}\ngsettings set org.gnome.system.proxy mode manual`,
        },
        { say: "To stop:", code: "gsettings set org.gnome.system.proxy mode none" },
        { say: "macOS (for the service Wi-Fi):", code: `networksetup -setsocksfirewallproxy Wi-Fi ${host} ${port}` },
        { say: "To stop:", code: "networksetup -setsocksfirewallproxystate Wi-Fi off" },
        { say: "Windows speaks only the older SOCKS 4 for the whole system: set the proxy in each program." },
        { say: "Programs that speak HTTP proxies only take the same port:", code: `http://${host}:${port}` },
      ],
      dns: "Each program decides by itself whether it leaves names to the proxy, and some ignore the setting. What must not leak is better set up by the program's own tab.",
    },
  ];
}
