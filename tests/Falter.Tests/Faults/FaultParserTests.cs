using Falter.Records;

namespace Falter.Tests.Faults;

/// <summary>Every field of the rule language, what strace's own rules mean, and what is refused.</summary>
public class FaultParserTests
{
    private static Fault One(string text) => Assert.Single(FaultParser.Parse([text]));

    private static SyscallFault Rule(string text) => Assert.IsType<SyscallFault>(One(text));

    private static IReadOnlyList<Finding> Mistakes(params string[] texts)
    {
        var refusal = Assert.Throws<FalterException>(() => FaultParser.Parse(texts));
        Assert.Equal(ExitCode.Usage, refusal.ExitCode);
        return refusal.Findings;
    }

    [Theory]
    [InlineData("inject=openat:error=EIO", "openat:error=EIO")]
    [InlineData("fault=openat", "openat:error=ENOSYS")]
    [InlineData("fault=openat:retval=3", "openat:retval=3")]
    [InlineData("fault=openat:error=eio:when=3+", "openat:error=EIO:when=3+")]
    [InlineData("openat:retval=0x10", "openat:retval=16")]
    [InlineData("openat:delay_enter=1500", "openat:delay_enter=1500us")]
    [InlineData("openat:delay_enter=1000000", "openat:delay_enter=1s")]
    [InlineData("openat:delay_exit=3s", "openat:delay_exit=3s")]
    [InlineData("openat:delay_exit=250ns", "openat:delay_exit=0.2us")]
    [InlineData("openat:signal=usr1:when=2..8+3", "openat:signal=SIGUSR1:when=2..8+3")]
    [InlineData("openat:signal=34", "openat:signal=34")]
    [InlineData("openat:error=5:when=2..3+1", "openat:error=EIO:when=2..3")]
    public void What_strace_takes_means_the_same(string strace, string same) => Assert.Equal(same, Rule(strace).ToString());

    [Theory]
    [InlineData("%ipc:error=EIO", "shmget,shmat,shmctl,semget,semop,semctl,shmdt,msgget,msgsnd,msgrcv,msgctl,semtimedop")]
    [InlineData("/^recv:error=EIO", "recvfrom,recvmsg,recvmmsg")]
    [InlineData("?nothing,read,257:error=EIO", "read,openat")]
    [InlineData("write,?open,read:error=EIO", "write,open,openat,openat2,read")]
    [InlineData("/^open$:error=EIO", "open")]
    [InlineData(@"/^(\:?)open$:error=EIO", "open")]
    public void System_calls_are_named_as_in_strace_in_their_order(string text, string calls) => Assert.Equal(calls, string.Join(',', Rule(text).Syscalls));

    [Fact]
    public void A_negated_set_leaves_out_families_whole()
    {
        IReadOnlyList<Syscall> calls = Rule("!open,read:error=EIO").Syscalls;
        Assert.DoesNotContain(Syscall.Named("openat2"), calls);
        Assert.Equal(Syscall.All.Count() - 4, calls.Count);
    }

    [Fact]
    public void Every_field_is_read()
    {
        SyscallFault rule = Rule("sendto:retval=7:signal=SIGALRM:delay=50ms+-10ms:rate=40%:burst=1.5:count=9:after=10s:for=1m30s:path=/a/{b,c}/**,socket*:fd=3,5-7:peer=10.0.0.0/8:5432,[fe80::]/10:80-90,*:443,@bus,/run/a\\:b:port=80,8000-8099:arg2>=4KiB:arg3&0x40:arg2!=-1:thread=io-*:process=nginx:role=web,a\\,b");
        Assert.Equal((7L, new Signal(14), new Delay(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(10))), (rule.Effect.ReturnValue, rule.Effect.Signal, rule.Effect.DelayEnter));
        Assert.Equal((0.4, 1.5, 9L), (rule.Condition.Rate, rule.Condition.Burst, rule.Condition.Count));
        Assert.Equal((TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(90)), (rule.After, rule.For));
        Assert.Equal(["/a/{b,c}/**", "socket*"], rule.Where.Paths.Select(p => $"{p}"));
        Assert.Equal([3, 5, 6, 7], rule.Where.Descriptors);
        Assert.Equal(["10.0.0.0/8:5432", "[fe80::]/10:80-90", "*:443", "@bus", "/run/a:b"], rule.Where.Peers.Select(p => $"{p}"));
        Assert.Equal([new PortRange(80, 80), new PortRange(8000, 8099)], rule.Where.Ports);
        Assert.Equal([new ArgumentPredicate(2, Comparison.AtLeast, 4096), new ArgumentPredicate(3, Comparison.HasBits, 64), new ArgumentPredicate(2, Comparison.NotEqual, ulong.MaxValue)], rule.Where.Arguments);
        Assert.Equal(("io-*", "nginx"), ($"{rule.Where.Threads[0]}", $"{rule.Where.Processes[0]}"));
        Assert.Equal(["web", "a,b"], rule.Where.Roles);
    }

    [Fact]
    public void A_delay_is_held_where_the_phase_is()
    {
        Assert.NotNull(Rule("read:delay=1ms").Effect.DelayEnter);
        SyscallFault after = Rule("read:delay=1ms:phase=after:success-only");
        Assert.NotNull(after.Effect.DelayExit);
        Assert.Null(after.Effect.DelayEnter);
        Assert.True(after.Where.SuccessOnly);
    }

    [Theory]
    [InlineData("process:kill", "process:kill")]
    [InlineData("process:signal=KILL", "process:kill")]
    [InlineData("process:signal=SIGUSR1:process=nginx*:after=5s", "process:signal=SIGUSR1:process=nginx*:after=5s")]
    [InlineData("process:pause:for=10s", "process:pause:for=10s")]
    [InlineData("process:cpu=1.5", "process:cpu=150%")]
    [InlineData("process:cpu=20%", "process:cpu=20%")]
    [InlineData("process:memory=65536KiB", "process:memory=64MiB")]
    [InlineData("network:partition:direction=in", "network:partition:direction=in")]
    [InlineData("network:drop=100%", "network:partition")]
    [InlineData("network:drop=30%:peer=10.1.2.3/8:5432:protocol=tcp", "network:drop=30%:peer=10.0.0.0/8:5432:protocol=tcp")]
    [InlineData("network:reject:port=53:protocol=udp:for=1s", "network:reject:port=53:protocol=udp:for=1s")]
    [InlineData("network:reset", "network:reset")]
    [InlineData("network:delay=50ms±10ms:direction=out", "network:delay=50ms±10ms:direction=out")]
    [InlineData("network:rate=1000kbit", "network:rate=1mbit")]
    [InlineData("container:disconnect", "container:disconnect")]
    [InlineData("container:disconnect=backend:for=10s", "container:disconnect=backend:for=10s")]
    [InlineData("container:restart:after=1s", "container:restart:after=1s")]
    public void Faults_of_processes_networks_and_containers_are_read(string text, string canonical)
    {
        Fault fault = One(text);
        Assert.Equal((canonical, text), (fault.ToString(), fault.Written));
        Assert.Equal(canonical, One(canonical).ToString());
    }

    [Theory]
    [InlineData("read:error=EIO:rate=5%:when=3", "when and rate")]
    [InlineData("read:error=EIO:burst=3:when=3", "when and burst")]
    [InlineData("read:error=EIO:burst=3", "burst needs a rate")]
    [InlineData("read:error=EIO:rate=80%:burst=3", "the highest rate is 75%")]
    [InlineData("read:error=EIO:rate=50%:burst=0.5", "1 or more")]
    [InlineData("read:error=EIO:retval=3", "one result")]
    [InlineData("read:error=EIO:short=50%", "its own result")]
    [InlineData("read:retval=0:short=50%", "short and retval")]
    [InlineData("read:retval=-2", "write error=ENOENT")]
    [InlineData("read:retval=-5000", "write error=EIO")]
    [InlineData("read:retval=010", "octal")]
    [InlineData("read:error=EIO:phase=after:delay_enter=1ms", "write delay_exit")]
    [InlineData("read:delay=1ms:delay_enter=1ms", "the same with phase=before")]
    [InlineData("read:delay=5", "has no unit")]
    [InlineData("read:delay=0s", "does nothing")]
    [InlineData("read:delay=5ms±6ms", "a spread is no more")]
    [InlineData("read:delay_enter=50ns", "less than the shortest")]
    [InlineData("read:error=EIO:success-only", "write phase=after too")]
    [InlineData("read:error=EIO:success-only=yes", "takes no value")]
    [InlineData("read,close:short=50%", "close says no length")]
    [InlineData("close:short=50%", "read, write, pread64")]
    [InlineData("read:short=50%:phase=after", "leave phase=after out")]
    [InlineData("read:short=100%", "no short call")]
    [InlineData("read:short=0", "at least one byte")]
    [InlineData("getppid:error=EIO:path=/x", "neither a path nor a descriptor")]
    [InlineData("getppid:error=EIO:fd=3", "no descriptor among its arguments")]
    [InlineData("mkdir,rmdir:error=EIO:peer=*", "mkdir, rmdir have no socket")]
    [InlineData("getppid:error=EIO:port=80", "no socket")]
    [InlineData("read:signal=SIGFOO", "is no signal")]
    [InlineData("read:count=3", "no effect is given")]
    [InlineData("read:poke_enter=@arg1=00", "poke_enter is strace's")]
    [InlineData("read:syscall=getpid", "syscall is strace's")]
    [InlineData("read:error=EIO:when=0", "numbered from 1")]
    [InlineData("read:error=EIO:when=3+0", "a step is 1 or more")]
    [InlineData("read:error=EIO:when=5..3", "the last comes before the first")]
    [InlineData("read:error=EIO:when=x", "no numbers of calls")]
    [InlineData("read:error=EIO:when=99999999999999999999", "no numbers of calls")]
    [InlineData("read:error=EIO:path=", "a pattern is missing")]
    [InlineData("read:error=EIO:path=/a,", "a pattern is missing")]
    [InlineData("read:error=EIO:path=/[a", "[ has no ]")]
    [InlineData("read:error=EIO:path=/[z-a]", "runs backwards")]
    [InlineData("read:error=EIO:path=/{a,b", "{ has no }")]
    [InlineData("read:error=EIO:fd=x", "is no descriptor")]
    [InlineData("read:error=EIO:fd=5-3", "is no descriptor")]
    [InlineData("read:error=EIO:fd=0-2000000000", "more than 1024")]
    [InlineData("read:error=EIO:peer=db.example:5432", "names of hosts are not looked up")]
    [InlineData("read:error=EIO:peer=10.0.0.0/33", "no length of a network's prefix")]
    [InlineData("read:error=EIO:peer=1.2", "is no address")]
    [InlineData("read:error=EIO:peer=::1", "in brackets")]
    [InlineData("read:error=EIO:port=0", "1 to 65535")]
    [InlineData("read:error=EIO:arg6=1", "arg0 to arg5")]
    [InlineData("read:error=EIO:arg99999999999=1", "arg0 to arg5")]
    [InlineData("read:error=EIO:arg2>=many", "is no number")]
    [InlineData("read:error=EIO:thread=much-too-long-a-name", "write 'much-too-long-a*'")]
    [InlineData("read:error=EIO:role=", "a role is missing")]
    [InlineData("read:error=EIO:after=10", "has no unit")]
    [InlineData("read:error=EIO:for=0s", "lasts for no time")]
    [InlineData("read:eror=EIO", "did you mean error")]
    [InlineData("read:error=EIO:sucess-only", "did you mean success-only")]
    [InlineData("none:error=EIO", "names no system call")]
    [InlineData("?nothing:error=EIO", "names no system call")]
    [InlineData("process", "nothing is to be done")]
    [InlineData("process:kill:pause", "one fault does one thing")]
    [InlineData("process:pause=5s", "takes no value")]
    [InlineData("process:kill:for=5s", "happens once")]
    [InlineData("process:cpu=0", "write process:pause")]
    [InlineData("process:cpu=x", "no share of processors")]
    [InlineData("process:memory=64", "has no unit")]
    [InlineData("process:memory=1B", "less than a page")]
    [InlineData("process:error=EIO", "is not understood")]
    [InlineData("network:drop=0", "drops nothing")]
    [InlineData("network:drop=5", "write 5%")]
    [InlineData("network:rate=5", "has no unit")]
    [InlineData("network:rate=1bit", "less than a byte")]
    [InlineData("network:partition:peer=/run/x", "a Unix socket has no packets")]
    [InlineData("network:reset:protocol=udp", "only TCP")]
    [InlineData("network:drop=1%:protocol=icmp", "neither tcp nor udp")]
    [InlineData("network:drop=1%:direction=up", "expected both, in or out")]
    [InlineData("container:disconnect=", "a value is missing")]
    [InlineData("container:restart:for=3s", "ends by itself")]
    public void A_mistake_names_the_rule_and_says_what_is_wrong(string text, string hint)
    {
        IReadOnlyList<Finding> mistakes = Mistakes(text);
        Assert.Contains(mistakes, m => m.Message.Contains(hint, StringComparison.Ordinal));
        Assert.All(mistakes, m => Assert.StartsWith($"rule '{text}': ", m.Message));
    }

    [Theory]
    [InlineData("openat:error=EIO", "openat:error=EPERM")]
    [InlineData("open:error=EIO", "openat,openat2:error=EPERM:path=/x")]
    [InlineData("openat:error=EIO:path=/x", "openat:error=EPERM:path=/x:phase=after")]
    public void A_rule_that_can_never_act_is_refused_and_the_one_before_it_named(string earlier, string later)
    {
        Finding mistake = Assert.Single(Mistakes("read:error=EIO", earlier, later));
        Assert.Equal("rule-unreachable", mistake.Code);
        Assert.Contains($"'{earlier}' stands before it", mistake.Message);
        Assert.Contains($"rule '{later}'", mistake.Message);
    }

    [Theory]
    [InlineData("openat:error=EIO:rate=5%", "openat:error=EPERM")]
    [InlineData("openat:error=EIO:count=5", "openat:error=EPERM")]
    [InlineData("openat:error=EIO:for=3s", "openat:error=EPERM")]
    [InlineData("openat:error=EIO:when=1", "openat:error=EPERM:when=2")]
    [InlineData("openat:error=EIO:phase=after", "openat:error=EPERM")]
    [InlineData("openat:error=EIO:phase=after", "openat:delay=1ms:phase=after")]
    public void A_rule_that_leaves_calls_to_the_next_is_taken(string earlier, string later) => Assert.Equal(2, FaultParser.Parse([earlier, later]).Count);

    [Theory]
    [InlineData("openat:error=EIO", "open:error=EPERM")]
    [InlineData("openat:error=EIO:path=/x", "openat:error=EPERM")]
    [InlineData("openat:error=EIO:path=/x", "openat:error=EPERM:path=/y")]
    [InlineData("openat:error=EIO:phase=after:success-only", "openat:error=EPERM")]
    public void A_rule_that_can_still_act_is_taken(string earlier, string later) => Assert.Equal(2, FaultParser.Parse([earlier, later]).Count);

    [Fact]
    public void All_mistakes_of_all_faults_are_told_at_once() =>
        Assert.Equal(["unknown-errno", "bad-rule", "bad-rule", "bad-rule", "bad-rule", "bad-rule"], Mistakes("read:error=EOI:rate=5:count=x", "process:pausee", "network:drop=x").Select(m => m.Code));

    [Fact]
    public void Where_only_rules_about_calls_are_taken_the_others_are_refused() =>
        Assert.Contains("only rules about system calls", Assert.Throws<FalterException>(() => FaultRuleParser.Parse(["read:error=EIO", "process:kill"])).Message);

    [Fact]
    public void A_text_that_is_no_rule_any_more_is_refused_whole() => Assert.Contains("longer than", Assert.Single(Mistakes("read:path=" + new string('a', 20_000))).Message);

    [Fact]
    public void Changed_rules_are_read_or_refused_and_nothing_else()
    {
        string[] valid =
        [
            "inject=open,%network,/^recv,!read:error=ENOENT:rate=5%:burst=2.5:count=3", "sendto:retval=7:delay=50ms±10ms:peer=10.0.0.0/8:5432,[fe80::]/10:80,@x:port=1-2:arg2>=4KiB",
            "read:short=50%:fd=3-5:path=/a/{b,[!c-e]}/**,\\,x:when=3..9+2", "process:cpu=20%:process=a*:for=1m0.5s", "network:rate=1.5gbit:direction=out:peer=[::1]:80", "container:disconnect=x:after=3s",
        ];
        int read = 0;
        foreach ((int index, string text) in valid.Index())
        {
            Mutations.Each(System.Text.Encoding.UTF8.GetBytes(text), 1000, index, bytes =>
            {
                string changed = System.Text.Encoding.UTF8.GetString(bytes);
                try
                {
                    // What was read is written, and read again to the same.
                    string canonical = One(changed).ToString()!;
                    Assert.Equal(canonical, One(canonical).ToString());
                    read++;
                }
                catch (FalterException e)
                {
                    Assert.All(e.Findings, f => Assert.True(FindingCodes.Contains(f.Code)));
                }
            });
        }
        Assert.True(read > 200, $"{read} were read");
    }
}
