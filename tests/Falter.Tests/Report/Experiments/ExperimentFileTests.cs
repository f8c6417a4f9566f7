using Falter.Records;
using Falter.Report;

namespace Falter.Tests.Report;

/// <summary>The file of an experiment: what it says, and the place of every mistake.</summary>
public class ExperimentFileTests
{
    public const string Valid = """
        version: 1
        name: web
        description: does the web server survive full disks?
        seed: 7
        repetitions: 3
        order: random
        keep: false
        fail_on: degraded
        system:
          network: host
          prepare: rm -rf data && mkdir data
          clean_up: rm -rf data
          processes:
            - role: db
              command: [postgres, -D, data]
              environment: { PGTZ: UTC, PGPORT: 5432 }
              folder: srv
              ready: { tcp: "127.0.0.1:5432", timeout: 20s }
              stop: { signal: SIGINT, grace: 10s }
            - role: web
              command: nginx -g 'daemon off;'
              after: [db]
              restart: on-failure
              ready: { log: "ready to serve" }
        workload:
          - http: { urls: ["http://127.0.0.1:8080/"], rate: 100, timeout: 1s }
          - command: pgbench -T 1
            timeout: 20s
            parallel: 2
            pause: 100ms
          - rounds: { send: "s", wait: 1s, fetch: "f", validate: "v", pause: 2s, timeout: 5s }
        checks:
          - http: http://127.0.0.1:8080/
            status: 200..299
            body: "ok"
            interval: 100ms
            timeout: 3s
          - tcp: 127.0.0.1:5432
          - command: redis-cli ping
            exit_code: 1
            output: PONG
          - { name: orders, command: "psql -tAc 'select 1'", value: { least: 0, most: 10 } }
          - { prometheus: "up", server: "http://127.0.0.1:9090", value: { least: 1 } }
          - { log: "panic|FATAL", role: db, most: 0 }
          - { process: memory, role: web, value: { most: 512MiB } }
          - { process: alive, role: db }
          - { runtime: System.Runtime/gc-heap-size, role: web, value: { most: 100 } }
        faults:
          natural: { roles: [web], max_models: 5 }
          models: models.yaml
          plans:
            - name: disk full
              faults: ["web: write:error=ENOSPC:rate=5%", { role: db, syscalls: [fsync], error: EIO, rate: 1% }, "network:drop=30%"]
          at_once: 2
          max_plans: 50
          strategy: realistic
          find_thresholds: true
          mechanism: seccomp-notify
        phases: { warm_up: 1s, observe: 10s, interval: 500ms, baseline: 10s, inject: 9s, recover: 8s, inspect: 5s }
        stop:
          - { check: orders, failing_for: 5s, ends: run }
        """;

    private static ExperimentDefinition Read(string text) => ExperimentFile.Parse(text, "/etc/falter/e.yaml");

    [Fact]
    public void Every_field_is_what_the_file_says()
    {
        ExperimentDefinition e = Read(Valid);
        Assert.Equal(("web", "does the web server survive full disks?", 7UL, 3, PlanOrder.Random, false, Verdict.Degraded), (e.Name, e.Description, e.Seed!.Value, e.Repetitions, e.Order, e.Keep, e.FailOn));
        Assert.Equal((NetworkLayout.Host, "rm -rf data && mkdir data", "rm -rf data"), (e.System.Network, e.System.Prepare, e.System.CleanUp));
        ProcessDefinition db = e.System.Processes[0], web = e.System.Processes[1];
        Assert.Equal(["postgres", "-D", "data"], db.Command!);
        Assert.Equal([("PGPORT", "5432"), ("PGTZ", "UTC")], db.Environment.Select(v => (v.Key, v.Value)).Order());
        Assert.Equal(("/etc/falter/srv", TimeSpan.FromSeconds(20), new Signal(2), TimeSpan.FromSeconds(10)), (db.Folder, db.ReadyTimeout, db.StopSignal, db.StopGrace));
        Assert.Equal(("127.0.0.1:5432", TimeSpan.FromSeconds(2)), (Assert.IsType<TcpCheckDefinition>(db.Ready).Address, db.Ready.Timeout));
        Assert.Equal(["nginx", "-g", "daemon off;"], web.Command!);
        Assert.Equal((RestartRule.OnFailure, "db", TimeSpan.FromSeconds(30), new Signal(15)), (web.Restart, Assert.Single(web.After), web.ReadyTimeout, web.StopSignal));
        LogCheckDefinition ready = Assert.IsType<LogCheckDefinition>(web.Ready);
        Assert.Equal(("web", new Tolerance(1, null)), (ready.Role, ready.Lines));
        Assert.Equal([new RoleFault("web", Assert.Single(FaultParser.Parse(["write:error=ENOSPC:rate=5%"]))).ToString(), "db: fsync:error=EIO:rate=1%", "network:drop=30%"], e.Faults.Plans[0].Faults.Select(f => $"{f}"));
        Assert.Equal(("web", 5, "/etc/falter/models.yaml", 2, 50, true, "seccomp-notify"), (Assert.Single(e.Faults.Natural!.Roles), e.Faults.Natural.MaxModels, e.Faults.Models, e.Faults.AtOnce, e.Faults.MostPlans, e.Faults.FindThresholds, e.Faults.Mechanism));
        Assert.Equal(new PhaseLengths { WarmUp = S(1), Observe = S(10), Interval = S(0.5), Baseline = S(10), Inject = S(9), Recover = S(8), Inspect = S(5) }, e.Phases);
        Assert.Equal([new StopRule("orders", S(5), true)], e.StopRules);
    }

    [Fact]
    public void Checks_and_workloads_are_of_their_kinds_with_their_defaults()
    {
        ExperimentDefinition e = Read(Valid);
        Assert.Equal(
        [
            "http://127.0.0.1:8080/", "127.0.0.1:5432", "redis-cli ping", "orders", "up", "db log panic|FATAL", "web memory", "db alive", "web System.Runtime/gc-heap-size",
        ], e.Checks.Select(c => c.Name));
        Assert.Equal([0.1, 0.2, 1, 1, 1, 1, 1, 1, 1], e.Checks.Select(c => c.Interval.TotalSeconds));
        Assert.Equal([3, 2, 2, 2, 2, 2, 2, 2, 2], e.Checks.Select(c => c.Timeout.TotalSeconds));
        var http = (HttpCheckDefinition)e.Checks[0];
        Assert.Equal((new Tolerance(200, 299), "ok"), (http.Status, http.Body));
        Assert.Equal((1, "PONG"), (((CommandCheckDefinition)e.Checks[2]).ExitCode, ((CommandCheckDefinition)e.Checks[2]).Output));
        Assert.Equal(new Tolerance(0, 10), ((CommandCheckDefinition)e.Checks[3]).Value);
        Assert.Equal(new Tolerance(1, null), ((PrometheusCheckDefinition)e.Checks[4]).Value);
        Assert.Equal(new Tolerance(null, 0), ((LogCheckDefinition)e.Checks[5]).Lines);
        Assert.Equal(new Tolerance(null, 512 * 1024 * 1024), ((ProcessCheckDefinition)e.Checks[6]).Value);
        Assert.Equal(new Tolerance(1, 1), ((ProcessCheckDefinition)e.Checks[7]).Value);
        Assert.Equal(new Tolerance(null, 100), ((RuntimeCheckDefinition)e.Checks[8]).Value);
        Assert.Equal((100, 1.0), (((HttpWorkloadDefinition)e.Workloads[0]).RatePerSecond, e.Workloads[0].Timeout.TotalSeconds));
        Assert.Equal(new CommandWorkloadDefinition { Command = "pgbench -T 1", Timeout = S(20), Parallel = 2, Pause = S(0.1) }, e.Workloads[1]);
        Assert.Equal(new RoundWorkloadDefinition { Send = "s", Wait = S(1), Fetch = "f", Validate = "v", Pause = S(2), Timeout = S(5) }, e.Workloads[2]);
    }

    [Fact]
    public void The_least_that_a_file_must_say_has_the_defaults_of_the_records()
    {
        ExperimentDefinition e = Read("version: 1\nname: a\nsystem: { processes: [{ role: a, command: sleep 9 }] }\nchecks: [{ process: alive, role: a }]\nfaults: { natural: true }");
        Assert.Equal(new PhaseLengths(), e.Phases);
        Assert.Equal((1, PlanOrder.AsWritten, false, null, Verdict.Corrupted, ""), (e.Repetitions, e.Order, e.Keep, e.Seed, e.FailOn, e.Description));
        var standard = new ProcessDefinition { Role = "a" };
        Assert.Equal(standard with { Command = e.System.Processes[0].Command, After = e.System.Processes[0].After, Environment = e.System.Processes[0].Environment }, e.System.Processes[0]);
        Assert.Equal((1, 100, FaultStrategy.Realistic, false, null, 10), (e.Faults.AtOnce, e.Faults.MostPlans, e.Faults.Strategy, e.Faults.FindThresholds, e.Faults.Mechanism, e.Faults.Natural!.MaxModels));
    }

    [Fact]
    public void What_is_written_is_read_back_and_written_the_same()
    {
        string written = ExperimentYaml.Of(Read(Valid));
        Assert.Equal(written, ExperimentYaml.Of(Read(written)));
    }

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}
