import type { KamailioOptions } from './kamailio.ts'

interface Written extends KamailioOptions {
  readonly port: number
  readonly tlsPort: number
  readonly folder: string
}

const modules = [
  ...['tm', 'sl', 'rr', 'pv', 'maxfwd', 'textops', 'siputils', 'usrloc', 'registrar'],
  ...['nathelper', 'xhttp', 'websocket'],
]

/**
 * A registrar and proxy in one: who is registered is called, all else goes upstream; Record-Route
 * in every call, so that all of it comes back this way.
 */
export function kamailioConfig(options: Written): string {
  const { port, tlsPort, tls, folder } = options
  return `
debug=1
log_stderror=yes
children=1
tcp_children=2
# Plain HTTP and WebSocket come without Content-Length of their own.
tcp_accept_no_cl=yes
auto_aliases=no
dns=no
rev_dns=no
listen=udp:127.0.0.1:${port}
listen=tcp:127.0.0.1:${port}
${tls ? `enable_tls=yes\nlisten=tls:127.0.0.1:${tlsPort}` : ''}
${[...modules, ...(tls ? ['tls'] : [])].map((name) => `loadmodule "${name}.so"`).join('\n')}
modparam("rr", "enable_full_lr", 1)
modparam("usrloc", "db_mode", 0)
modparam("usrloc", "use_domain", 0)
modparam("registrar", "method_filtering", 0)
modparam("nathelper|registrar", "received_avp", "$avp(RECEIVED)")
${tls ? `modparam("tls", "config", "${folder}/tls.cfg")` : ''}
${routes(options)}`
}

function routes({ upstream, key }: KamailioOptions): string {
  return `
request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  force_rport();
  # A page does not know where it is: its socket stands in for its address.
  if (nat_uac_test(64) && is_method("INVITE|SUBSCRIBE|UPDATE")) add_contact_alias();
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if (has_totag()) {
    if (loose_route()) {
      handle_ruri_alias();
      t_on_reply("ANSWERS");
      if (!t_relay()) sl_reply_error();
      exit;
    }
    if (is_method("ACK") && t_check_trans()) t_relay();
    if (!is_method("ACK")) sl_send_reply("404", "Not Here");
    exit;
  }
  if (is_method("REGISTER")) {
    if (nat_uac_test(64)) fix_nated_register();
    if (!save("location")) sl_reply_error();
    exit;
  }
  if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
  record_route();
  t_on_reply("ANSWERS");
  if (!lookup("location")) {
    ${upstream ? `$du = "${upstream}";` : 'sl_send_reply("404", "Not Found"); exit;'}
    ${key ? `append_hf("X-API-Key: ${key}\\r\\n");` : ''}
  }
  if (!t_relay()) sl_reply_error();
}

onreply_route[ANSWERS] {
  if (nat_uac_test(64)) add_contact_alias();
}

event_route[xhttp:request] {
  if ($hdr(Upgrade) =~ "websocket" && ws_handle_handshake()) exit;
  xhttp_reply("404", "Not Found", "text/plain", "SIP over WebSocket");
}
`
}

/** It shows its certificate to everybody, and wants a good one from whom it calls. */
export function kamailioTlsConfig(folder: string): string {
  const own = `method = TLSv1.2+\nprivate_key = ${folder}/own.key\ncertificate = ${folder}/own.pem`
  return `[server:default]
${own}
verify_certificate = no
require_certificate = no

[client:default]
${own}
verify_certificate = yes
require_certificate = yes
ca_list = ${folder}/ca.pem
`
}
