using Falter.Linux.Interop;
using Falter.Linux.Seccomp;

namespace Falter.Inject;

/// <summary>A seccomp listener, the keeper that has its second copy, and the thread that receives and answers.</summary>
internal sealed class AnsweredListener : IDisposable
{
    private readonly SeccompListener _listener;
    private readonly Keeper _keeper;
    private readonly NotificationThread _thread;

    /// <summary>Takes over listener and keeper, and begins to answer.</summary>
    public AnsweredListener(NotifiedRules rules, SeccompListener listener, Keeper keeper)
    {
        _listener = listener;
        _keeper = keeper;
        _thread = new NotificationThread(rules, listener, keeper);
        _thread.Begin();
    }

    public int KeeperPid => _keeper.Pid;

    /// <summary>Whether no process is left that the filter applies to.</summary>
    public bool TargetGone => _thread is { Ended.IsCompleted: true, TargetGone: true };

    /// <summary>Why nobody answers here any longer; null where all is well. The keeper does then.</summary>
    public Exception? Failure => _thread.Ended.Exception?.GetBaseException();

    /// <summary>Leaves the target to the keeper. Nothing may be armed any longer.</summary>
    public void Dispose()
    {
        // First: two processes must never receive at the same time.
        _thread.Stop();
        try
        {
            if (!TargetGone) _keeper.HandOver(_listener);
        }
        finally
        {
            _keeper.Dispose();
            _listener.Dispose();
        }
    }

    private sealed class NotificationThread(NotifiedRules rules, SeccompListener listener, Keeper keeper) : WakeableThread("falter-seccomp")
    {
        private readonly CallAnswers _answers = new(rules, listener);
        private bool _stop;

        public bool TargetGone { get; private set; }

        public void Begin() => Start();

        public void Stop()
        {
            OnThread(() => _stop = true);
            Ended.ContinueWith(_ => { }, TaskScheduler.Default).Wait();
        }

        protected override void Run()
        {
            rules.Add(_answers);
            try
            {
                Serve();
            }
            catch
            {
                // Nobody would answer any more: the keeper takes over at once, and the reason is in Ended.
                keeper.Release();
                throw;
            }
            finally
            {
                rules.Remove(_answers);
            }
        }

        private void Serve()
        {
            while (true)
            {
                DoWork();
                if (_stop) return;
                // With nothing held there is no time to look at: one call of the kernel to receive and one to answer.
                if (_answers.Count > 0 && _answers.AnswerDue() is { Ticks: > 0 } left && !listener.Await(left)) continue;
                ref seccomp_notif call = ref keeper[_answers.Slot];
                switch (listener.Receive(ref call))
                {
                    case Received.Call:
                        _answers.Answer(call);
                        break;
                    case Received.TargetGone:
                        TargetGone = true;
                        return;
                }
            }
        }
    }
}
