// SPDX-License-Identifier: Apache-2.0
#include "sql/testing/postgres_server.h"

#include <fcntl.h>
#include <grp.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <utility>
#include <vector>

#include "base/file.h"

namespace seine::sql::testing {

namespace {

constexpr std::string_view kPrograms = "/usr/lib/postgresql/15/bin/";
constexpr auto kStartDeadline = std::chrono::seconds(60);

// Whose the server is. Without root: whoever runs the test.
struct Owner {
  uid_t uid = ::getuid();
  gid_t gid = ::getgid();
};

Owner owner() {
  Owner found;
  if (found.uid != 0) return found;
  for (const char* name : {"postgres", "nobody"}) {
    if (const passwd* entry = ::getpwnam(name)) return {entry->pw_uid, entry->pw_gid};
  }
  return found;
}

// Becomes `arguments` as `who`, with what it prints in `log`. Only what is safe after a fork.
[[noreturn]] void become(const Owner& who, const char* folder, const char* log,
                         char* const* arguments) {
  const int out = ::open(log, O_CREAT | O_APPEND | O_WRONLY, 0666);
  if (out >= 0 && ::dup2(out, 1) == 1) ::dup2(out, 2);
  const bool changed = ::getuid() != 0 || (::setgroups(0, nullptr) == 0 && ::setgid(who.gid) == 0 &&
                                           ::setuid(who.uid) == 0);
  // After the change of user, which makes the kernel forget it.
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (changed && ::chdir(folder) == 0) ::execv(arguments[0], arguments);
  ::_exit(127);
}

pid_t spawn(const std::string& folder, std::vector<std::string> words) {
  words[0].insert(0, kPrograms);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const std::string log = folder + "/log";
  const Owner who = owner();
  const pid_t child = ::fork();
  if (child == 0) become(who, folder.c_str(), log.c_str(), arguments.data());
  return child;
}

std::string log_of(const std::string& folder) {
  return read_file(folder + "/log", 1 << 20).value_or("no log");
}

}  // namespace

Result<std::unique_ptr<PostgresServer>> PostgresServer::start() {
  Result<TemporaryFolder> folder = TemporaryFolder::make("sql-postgres");
  if (!folder) return fail(folder.error());
  const Owner who = owner();
  if (::chown(folder->path().c_str(), who.uid, who.gid) != 0) {
    return fail(ErrorCode::kInvalidConfig, "a folder cannot be given away");
  }
  std::unique_ptr<PostgresServer> server(new PostgresServer(*std::move(folder)));
  const std::string& path = server->folder_.path();
  const pid_t made = spawn(path, {"initdb", "-D", path + "/data", "-U", "seine", "-A", "trust",
                                  "-E", "UTF8", "--locale=C", "--no-sync"});
  int status = 0;
  if (made < 0 || ::waitpid(made, &status, 0) != made || status != 0) {
    return fail(ErrorCode::kUnavailable,
                "initdb failed; tools/bootstrap installs it: " + log_of(path));
  }
  if (auto started = server->start_again(); !started) return fail(started.error());
  return server;
}

Result<void> PostgresServer::start_again() {
  const std::string& path = folder_.path();
  server_ =
      spawn(path, {"postgres", "-D", path + "/data", "-k", path, "-c", "listen_addresses=", "-c",
                   "fsync=off", "-c", "max_connections=40", "-c", "shared_buffers=16MB"});
  const std::string conninfo = url("postgres");
  const auto end = std::chrono::steady_clock::now() + kStartDeadline;
  while (::PQping(conninfo.c_str()) != PQPING_OK) {
    if (std::chrono::steady_clock::now() > end) {
      return fail(ErrorCode::kUnavailable, "postgres does not start: " + log_of(path));
    }
    ::poll(nullptr, 0, 20);
  }
  return {};
}

void PostgresServer::stop() {
  if (server_ <= 0) return;
  ::kill(server_, SIGQUIT);
  ::waitpid(server_, nullptr, 0);
  server_ = -1;
}

PostgresServer::~PostgresServer() {
  stop();
}

std::string PostgresServer::url(std::string_view database) const {
  return "host=" + folder_.path() + " user=seine dbname=" + std::string(database);
}

Result<void> PostgresServer::administer(const std::string& sql) const {
  PGconn* connection = ::PQconnectdb(url("postgres").c_str());
  PGresult* result = ::PQexec(connection, sql.c_str());
  const ExecStatusType status = ::PQresultStatus(result);
  const std::string said = ::PQerrorMessage(connection);
  ::PQclear(result);
  ::PQfinish(connection);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    return fail(ErrorCode::kInternal, said);
  }
  return {};
}

}  // namespace seine::sql::testing
