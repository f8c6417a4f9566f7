import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;

/** Waits ITEMS: threads hand numbers to each other through short queues, so that they wait for each other all the time; prints the sum. Begins when the file GO exists. */
public final class Waits {
    public static void main(String[] arguments) throws Exception {
        int items = Integer.parseInt(arguments[0]);
        System.out.println("waiting");
        while (!Files.exists(Path.of(System.getenv("GO")))) Thread.sleep(5);
        ArrayBlockingQueue<Integer> first = new ArrayBlockingQueue<>(2), second = new ArrayBlockingQueue<>(2);
        Thread[] threads = new Thread[8];
        for (int t = 0; t < threads.length; t++) {
            boolean gives = t < 4;
            threads[t] = new Thread(() -> {
                try {
                    for (int i = 1; i <= items; i++) {
                        if (gives) first.put(i);
                        else second.put(first.take());
                    }
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            threads[t].start();
        }
        long sum = 0;
        for (int i = 0; i < 4 * items; i++) sum += second.take();
        for (Thread thread : threads) thread.join();
        System.out.println("sum " + sum);
    }
}
