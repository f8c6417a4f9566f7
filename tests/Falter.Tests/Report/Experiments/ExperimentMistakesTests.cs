using Falter.Records;
using Falter.Report;

namespace Falter.Tests.Report;

/// <summary>What contradicts itself in an experiment's file, and what names something that is not there.</summary>
public class ExperimentMistakesTests
{
    private const string Head = "version: 1\nname: a\n";
    private const string System = "system: { processes: [{ role: a, command: sleep 9 }, { role: b, command: sleep 9 }] }\n";
    private const string Attached = "system: { processes: [{ role: a, attach: { name: a } }] }\n";
    private const string Checks = "checks: [{ process: alive, role: a }]\n";
    private const string Natural = "faults: { natural: true }\n";

    private static FalterException Refused(string text)
    {
        var refusal = Assert.Throws<FalterException>(() => ExperimentFile.Parse(text, "e.yaml"));
        Assert.Equal(ExitCode.Usage, refusal.ExitCode);
        return refusal;
    }

    [Theory]
    [InlineData("system: { processes: [{ role: a, command: a }, { role: a, command: a }] }\n", "line 3, column 56: role 'a' is given twice, first in line 3")]
    [InlineData("system: { processes: [{ role: a, command: a, after: [c] }] }\n", "line 3, column 53: there is no role 'c'; did you mean a?")]
    [InlineData("system: { processes: [{ role: a, command: a, after: a }] }\n", "line 3, column 53: after: a after a: none of them could be the first")]
    [InlineData("system: { processes: [{ role: a, command: a, after: b }, { role: b, command: b, after: [c] }, { role: c, command: c, after: [a] }] }\n", "after: a after b after c after a")]
    [InlineData("system: { processes: [{ role: a, command: a }, { role: b, attach: { pid: 9 } }] }\n", "line 3, column 67: attach: a is launched; expected either")]
    [InlineData("system: { processes: [{ role: a, command: a, attach: { pid: 9 } }] }\n", "line 3, column 46: attach and command: a process is launched or runs already")]
    [InlineData("system: { processes: [{ role: a }] }\n", "line 3, column 23: a process has neither command nor attach")]
    [InlineData("system: { processes: [{ role: a, attach: { pid: 9, name: x } }] }\n", "attach: pid and name: expected one of them")]
    [InlineData("system: { processes: [{ role: a, attach: {} }] }\n", "attach: expected pid, name, cgroup or container")]
    [InlineData("system: { processes: [{ role: a, attach: { pid: 9 }, restart: always }] }\n", "line 3, column 54: restart: only for a process with a command")]
    [InlineData("system: { network: private, processes: [{ role: a, attach: { pid: 9 } }] }\n", "line 3, column 20: network: processes that run already stay")]
    [InlineData("system: { prepare: x, clean_up: y, processes: [{ role: a, attach: { pid: 9 } }] }\n", "column 33: clean_up: runs after processes were stopped")]
    [InlineData("system: { processes: [{ role: a, command: \"sleep 9; x\" }] }\n", "; is a shell's, and no shell runs this")]
    [InlineData("system: { processes: [{ role: a, command: \"sleep '9\" }] }\n", "a quote (') is not closed")]
    [InlineData("system: { processes: [{ role: a, command: \"echo $HOME\" }] }\n", "$ is a shell's")]
    [InlineData("system: { processes: [{ role: a, command: \"x ${address:c}\" }] }\n", "line 3, column 43: there is no role 'c'")]
    [InlineData("system: { processes: [{ role: a, command: x, environment: { DB: \"${address:c}:1\" } }] }\n", "line 3, column 65: there is no role 'c'")]
    [InlineData("system: { processes: [{ role: a, command: x, ready: { timeout: 3s, tcp: \"1:2\", http: \"http://x\" } }] }\n", "http and tcp: ready is of one kind")]
    [InlineData("system: { processes: [{ role: a, command: x, ready: { process: alive, role: c } }] }\n", "column 77: there is no role 'c'")]
    [InlineData("system: { processes: [{ role: a, command: x, stop: { signal: SIGTREM } }] }\n", "signal: 'SIGTREM' is no signal; did you mean SIGTERM")]
    [InlineData("system: { processes: [a] }\n", "line 3, column 23: processes: expected a map with role")]
    public void A_system_that_cannot_be(string system, string message) => Assert.Contains(message, Refused(Head + system + Checks + Natural).Message);

    [Theory]
    [InlineData("checks: [{ tcp: \"1:2\" }, { tcp: \"1:2\" }]\n", "check '1:2' is given twice, first in line 4; give one another name")]
    [InlineData("checks: [{ tcp: \"1:2\", http: \"http://x\" }]\n", "http and tcp: a check is of one kind")]
    [InlineData("checks: [{ status: 3 }]\n", "a check needs one of http, tcp, command, prometheus, log, process, runtime")]
    [InlineData("checks: [{ tcp: \"1:2\", status: 3 }]\n", "'status' is no key of a tcp check")]
    [InlineData("checks: [{ log: x, role: web }]\n", "line 4, column 26: there is no role 'web'")]
    [InlineData("checks: [{ runtime: x, role: web }]\n", "there is no role 'web'")]
    [InlineData("checks: [{ tcp: \"1:2\", interval: 5s }]\n", "interval: a baseline of 20s has fewer than 5 probes at an interval of 5s")]
    [InlineData("checks: [{ tcp: \"1:2\", interval: 1ms }]\n", "interval: 1ms is too short; at least 10ms")]
    [InlineData("checks: [{ tcp: \"1:2\", timeout: 5 }]\n", "has no unit; write 5s")]
    [InlineData("checks: [{ http: \"ftp://x/\" }]\n", "'ftp://x/' is not a URL of http or https")]
    [InlineData("checks: [{ http: \"http://x\", body: \"(\" }]\n", "'(' is no regular expression")]
    [InlineData("checks: [{ http: \"http://x\", status: 399..200 }]\n", "status: no number is 399 or more and 200 or less")]
    [InlineData("checks: [{ log: x, role: a, least: 3, most: 2 }]\n", "least: no number is 3 or more and 2 or less")]
    [InlineData("checks: [{ process: memroy, role: a }]\n", "'memroy' is not understood; did you mean memory?")]
    [InlineData("checks: [{ tcp: \"${address:c}:1\" }]\n", "there is no role 'c'")]
    [InlineData("checks: [{ tcp: \"127.0.0.1:70000\" }]\n", "is not an address HOST:PORT")]
    [InlineData("checks: [{ command: x, value: ~ }]\n", "value: expected a range")]
    public void A_check_that_cannot_be(string checks, string message) => Assert.Contains(message, Refused(Head + System + checks + Natural).Message);

    [Theory]
    [InlineData("faults: {}\n", "line 5, column 9: faults: nothing is done to the system")]
    [InlineData("faults: { natural: false }\n", "faults: nothing is done to the system")]
    [InlineData("faults: { plans: [] }\n", "faults: nothing is done to the system")]
    [InlineData("faults: { natural: { roles: [c] } }\n", "line 5, column 29: there is no role 'c'")]
    [InlineData("faults: { natural: { max_models: 2 }, at_once: 3 }\n", "at_once: 3 plans at once, and there can be 2 in all")]
    [InlineData("faults: { natural: true, at_once: 0 }\n", "at_once: '0' is not a whole number from 1 to 10")]
    [InlineData("faults: { models: m.yaml, strategy: random }\n", "strategy: random draws as many faults as natural errors give")]
    [InlineData("faults: { natural: true, mechanism: seccomp-attach }\n", "mechanism: seccomp-attach is for processes that run already")]
    [InlineData("faults: { natural: true, mechanism: ptrase }\n", "'ptrase' is not understood; did you mean ptrace?")]
    [InlineData("faults: { plans: [{ name: p, faults: [] }] }\n", "faults: the list is empty")]
    [InlineData("faults: { plans: [{ name: p, faults: [\"open:error=EIO\"] }, { name: p, faults: [\"read:error=EIO\"] }] }\n", "plan 'p' is given twice")]
    [InlineData("faults: { plans: [{ name: p, faults: [\"c: open:error=EIO\"] }] }\n", "line 5, column 39: there is no role 'c'")]
    [InlineData("faults: { plans: [{ name: p, faults: [{ role: c, syscalls: open, error: EIO }] }] }\n", "line 5, column 39: there is no role 'c'")]
    [InlineData("faults: { plans: [{ name: p, faults: [\"open:error=EIO:role=c\"] }] }\n", "there is no role 'c'")]
    [InlineData("faults: { plans: [{ name: p, faults: [{ a: \"open:error=EIO\" }] }] }\n", "if a is a role, quote the whole: \"a: open:error=EIO\"")]
    [InlineData("faults: { plans: [{ name: p, faults: [\"a: opn:error=EIO\"] }] }\n", "e.yaml, line 5, column 39: rule 'opn:error=EIO': 'opn' is no system call")]
    [InlineData("faults: { plans: [{ name: p, faults: [{ role: a, syscalls: open, eror: EIO }] }] }\n", "e.yaml, line 5, column 66: 'eror=EIO' is not understood")]
    [InlineData("faults: { plans: [{ name: p, faults: [\"network:drop=3%:after=20s\"] }] }\n", "begins 20s after arming, and phases: { inject } is 20s: it would never begin")]
    [InlineData("faults: { plans: [{ name: p, faults: [\"open:delay=15s±6s\"] }] }\n", "delays for 21s, and phases: { inject } is 20s")]
    [InlineData("faults: { plans: [{ name: p, faults: [\"network:delay=1m\"] }] }\n", "delays for 1m")]
    [InlineData("faults: { plans: [{ name: p, faults: [\"container:pause\"] }] }\n", "no role is container")]
    [InlineData("faults: { plans: [{ name: p, faults: [\"b: container:kill\"] }] }\n", "b is no container")]
    [InlineData("faults: { plans: [{ name: p, faults: [\"open:error=EIO\", \"b: open:error=EPERM\"] }] }\n", "rule 'open:error=EPERM' can never act")]
    [InlineData("faults: { plans: [{ name: p, faults: [\"a: open:error=EIO\", \"b: open:error=EIO\", \"open:error=EPERM\"] }] }\n", "rule 'open:error=EPERM' can never act")]
    public void Faults_that_cannot_be(string faults, string message) => Assert.Contains(message, Refused(Head + System + Checks + faults).Message);

    [Theory]
    [InlineData("faults: { plans: [{ name: p, faults: [\"a: open:error=EIO\", \"b: open:error=EPERM\"] }] }\n")]
    [InlineData("faults: { plans: [{ name: p, faults: [\"a: open:error=EIO\", \"open:error=EPERM\"] }] }\n")]
    [InlineData("faults: { plans: [{ name: p, faults: [\"network:drop=30%\", { role: b, process: pause, for: 1s }] }] }\n")]
    [InlineData("faults: { natural: true, strategy: random }\n")]
    [InlineData("faults: { models: m.yaml, at_once: 3 }\n")]
    public void Faults_that_can_be(string faults) => _ = ExperimentFile.Parse(Head + System + Checks + faults, "e.yaml");

    [Theory]
    [InlineData("stop: [{ check: a aliv, failing_for: 5s }]\n", "line 6, column 17: check: there is no check 'a aliv'; did you mean a alive?")]
    [InlineData("stop: [{ check: a alive, failing_for: 0s }]\n", "nothing would happen in no time")]
    [InlineData("phases: { interval: 1m }\n", "interval: longer than observe")]
    [InlineData("phases: { inject: 0s }\n", "inject: 0s is too short; at least 10ms")]
    [InlineData("phases: { inject: 800h }\n", "too long; at most 720h")]
    [InlineData("phases: { baseline: 4s }\n", "a baseline of 4s has fewer than 5 probes at an interval of 1s")]
    [InlineData("fail_on: resilient\n", "expected for example fail_on: degraded")]
    [InlineData("repetitions: \"3\"\n", "repetitions: '3' is not a whole number from 1 to 1000")]
    [InlineData("workload: { command: x, http: {} }\n", "http and command: a workload is of one kind")]
    [InlineData("workload: [{ rate: 3 }]\n", "a workload needs one of http, command, rounds")]
    [InlineData("workload: { http: { urls: [] } }\n", "urls: the list is empty")]
    [InlineData("name: b\n", "name is given twice")]
    [InlineData("keep: yes\n", "'yes' is not true or false")]
    public void Other_things_that_cannot_be(string more, string message) => Assert.Contains(message, Refused(Head + System + Checks + Natural + more).Message);

    [Theory]
    [InlineData("system: { processes: [{ role: a, attach: { name: a } }] }\nchecks: [{ log: x, role: a }]\n" + Natural, "its output is not Falter's; expected its log's file")]
    [InlineData(Attached + Checks + "faults: { natural: true, mechanism: seccomp-notify }\n", "needs a process's first instruction")]
    public void What_runs_already_is_not_launched(string rest, string message) => Assert.Contains(message, Refused(Head + rest).Message);

    [Fact]
    public void A_container_that_runs_already_can_have_its_own_faults() =>
        _ = ExperimentFile.Parse(Head + "system: { processes: [{ role: a, attach: { container: x } }] }\n" + Checks + "faults: { plans: [{ name: p, faults: [\"a: container:pause:for=3s\"] }] }", "e.yaml");

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("- 1", "expected version: 1, name, system, checks and faults")]
    [InlineData("version: 2\nfoo: bar", "line 1, column 10: version 2; this version of Falter reads version 1")]
    [InlineData("version: 1\nname: [", "not readable as YAML or JSON")]
    [InlineData("version: 1\nname: &x a", "an anchor (&name) is not taken here")]
    public void A_file_that_is_none(string text, string message)
    {
        FalterException refusal = Refused(text);
        Assert.Contains(message, refusal.Message);
        if (text.StartsWith("version: 2", StringComparison.Ordinal)) Assert.Single(refusal.Findings);
    }

    [Fact]
    public void All_mistakes_are_told_at_once_in_the_order_of_the_file()
    {
        FalterException refusal = Refused("version: 1\nname: a b\nsystm: {}\nchecks: [{ tcp: x }, { tcp: \"1:2\", x: 1 }]\nfaults: { plans: [{ name: p, faults: [\"opn:error=EIO\"] }] }\nphases: { inject: 5 }");
        Assert.Equal([1, 2, 3, 4, 4, 5, 6], refusal.Findings.Select(f => int.Parse(f.Message.Split("line ")[1].Split(',')[0])));
        Assert.Equal("unknown-syscall", refusal.Findings[5].Code);
    }

    [Fact]
    public void A_file_that_is_not_there_is_told_by_its_name() => Assert.Contains("/nowhere/e.yaml: no such file", Assert.Throws<FalterException>(() => ExperimentFile.Read("/nowhere/e.yaml")).Message);

    [Fact]
    public void Changed_files_are_read_or_refused_and_nothing_else()
    {
        byte[][] good = [global::System.Text.Encoding.UTF8.GetBytes(ExperimentFileTests.Valid), global::System.Text.Encoding.UTF8.GetBytes(Head + Attached + Checks + Natural + "stop: [{ check: a alive, failing_for: 5s }]\n"),
            global::System.Text.Encoding.UTF8.GetBytes(ExperimentTemplate.Of(null, [], [], "e.yaml").Replace("\n# ", "\n", StringComparison.Ordinal))];
        int[] times = [3000, 17000, 1000];
        for (int i = 0; i < good.Length; i++)
        {
            Mutations.Each(good[i], times[i], i + 11, bytes =>
            {
                string text = global::System.Text.Encoding.UTF8.GetString(bytes);
                Exception? thrown = Record.Exception(() => ExperimentFile.Parse(text, "e.yaml"));
                Assert.True(thrown is null or FalterException, $"{thrown}\n{text}");
            });
        }
    }
}
