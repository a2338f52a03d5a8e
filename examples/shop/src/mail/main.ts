// SPDX-License-Identifier: Apache-2.0
// mail: takes the mail of the shop. SMTP: it speaks first.

import { flag } from '../flags/flags.js';
import { listenAddress, written } from '../flags/values.js';
import { run } from '../service.js';
import { SmtpServer } from '../smtp/server.js';
import { Session } from '../smtp/session.js';

const FLAGS = {
  listen: flag('[ADDRESS:]PORT', 'where to listen; port 0 takes a free one', listenAddress,
    { otherwise: '2525' }),
};

await run('mail', 'takes the mail of the shop, over SMTP.', FLAGS,
  async ({ listen }, { identity, counted, say }) => {
    const { replica, version } = identity;
    let mails = 0;
    const begin = () => new Session(`${replica}/${version}`, 'shop.example', () => ++mails);
    const server = new SmtpServer(begin, counted.accepted);
    const port = await server.listen(listen);
    say(`listening on ${written({ host: listen.host, port })} as ${replica}, version ${version}`);
    return { drain: () => server.drain(), close: () => server.drop() };
  });
