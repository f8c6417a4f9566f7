using Falter.Experiment;
using Falter.Records;

namespace Falter.Tests.Experiment;

public class ModelSelectionTests
{
    [Fact]
    public void Strong_models_of_real_and_frequent_errors_come_first()
    {
        ErrorModel[] models =
        [
            Model("read", "EAGAIN", 1000, weak: false),
            Model("openat", "ENOENT", 10, weak: false),
            Model("write", "EPIPE", 5000, weak: true),
            Model("stat", "ENOENT", 100, weak: false),
        ];
        Assert.Equal(["stat:ENOENT", "openat:ENOENT", "read:EAGAIN", "write:EPIPE"], ModelSelection.Ordered(models).Select(m => m.Name));
        Assert.Equal(["stat:ENOENT", "openat:ENOENT", "read:EAGAIN", "write:EPIPE"], ModelSelection.Ordered(models.Reverse()).Select(m => m.Name));
    }

    [Fact]
    public void Calls_that_no_mechanism_can_fail_are_parted_from_the_others()
    {
        (IReadOnlyList<ErrorModel> injectable, IReadOnlyList<ErrorModel> untouchable) = ModelSelection.Injectable(
            [Model("close_range", "EINVAL", 50, weak: false), Model("openat", "ENOENT", 10, weak: false), Model("restart_syscall", "EINTR", 9, weak: false), Model("read", "EAGAIN", 5, weak: false)]);
        Assert.Equal(["openat:ENOENT", "read:EAGAIN"], injectable.Select(m => m.Name));
        Assert.Equal(["close_range:EINVAL", "restart_syscall:EINTR"], untouchable.Select(m => m.Name));
    }

    private static ErrorModel Model(string syscall, string errno, long failures, bool weak)
    {
        Assert.True(Errno.TryParse(errno, out Errno parsed));
        return new ErrorModel
        {
            Syscall = Syscall.Named(syscall),
            Errno = parsed,
            Class = ErrorModelClass.Steady,
            InjectedRate = 0.1,
            Weak = weak,
            Natural = new NaturalError { Failures = failures, Invocations = 10_000, Intervals = 10, RateP5 = 0.1, RateMean = 0.1, RateP95 = 0.1, Variance = 0 },
        };
    }
}
