// Engine is the core of Redpanda Connect, from which Bento descends, with a Kafka that is made of streams: a pipeline runs
// in it as it is shipped.
//
// The topic of events is standard input, a line of JSON for each message. File descriptor 3 is told of every message that
// is written to a topic, and of the last message of every batch that is acknowledged, a line of JSON each.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/redpanda-data/benthos/v4/public/service"

	_ "github.com/redpanda-data/benthos/v4/public/components/io"
	_ "github.com/redpanda-data/benthos/v4/public/components/pure"
)

func main() {
	service.MustRegisterBatchInput("kafka_franz", fetchSpec(), newFetch)
	service.MustRegisterBatchInput("kafka", inputSpec(), newInput)
	service.MustRegisterBatchOutput("kafka_franz", outputSpec(), newOutput)
	service.RunCLI(context.Background())
}

// journal is where a test reads what has happened.
var journal = struct {
	sync.Mutex
	*json.Encoder
}{Encoder: json.NewEncoder(os.NewFile(3, "journal"))}

func tell(what any) {
	journal.Lock()
	defer journal.Unlock()
	if err := journal.Encode(what); err != nil {
		panic(err)
	}
}

// record is a message of the topic of events; its value is in base64 on the wire.
type record struct {
	Partition int     `json:"partition"`
	Offset    int     `json:"offset"`
	Key       *string `json:"key"`
	Value     []byte  `json:"value"`
}

func (r record) message() *service.Message {
	message := service.NewMessage(r.Value)
	message.MetaSetMut("kafka_topic", "groups")
	message.MetaSetMut("kafka_partition", r.Partition)
	message.MetaSetMut("kafka_offset", r.Offset)
	if r.Key != nil {
		message.MetaSetMut("kafka_key", *r.Key)
	}
	return message
}

// input reads messages in batches, each of one partition, and tells of those that are acknowledged. As kafka, it hands out the
// next batch while others are under way, as long as a partition has no more messages under way than checkpoint_limit. As
// kafka_franz, it always does, because its limit doesn't hold back what a fetch has brought.
type input struct {
	lines   *json.Decoder
	policy  service.BatchPolicy
	limit   int
	res     *service.Resources
	batches chan batch
	start   sync.Once
}

// batch is of one partition, whose room has an entry for each message under way.
type batch struct {
	records []record
	room    chan struct{}
}

func commonSpec() *service.ConfigSpec {
	return service.NewConfigSpec().Fields(
		service.NewStringListField("topics"),
		service.NewStringField("consumer_group"),
		service.NewDurationField("commit_period"),
		service.NewIntField("checkpoint_limit"),
		service.NewBatchPolicyField("batching"),
	)
}

func inputSpec() *service.ConfigSpec {
	return commonSpec().Fields(
		service.NewStringListField("addresses"),
		service.NewAutoRetryNacksToggleField(),
	)
}

func fetchSpec() *service.ConfigSpec {
	return commonSpec().Field(service.NewStringListField("seed_brokers"))
}

func newInput(conf *service.ParsedConfig, res *service.Resources) (service.BatchInput, error) {
	limit, err := conf.FieldInt("checkpoint_limit")
	if err != nil {
		return nil, err
	}
	in, err := open(conf, res, limit)
	if err != nil {
		return nil, err
	}
	return service.AutoRetryNacksBatchedToggled(conf, in)
}

func newFetch(conf *service.ParsedConfig, res *service.Resources) (service.BatchInput, error) {
	in, err := open(conf, res, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	return service.AutoRetryNacksBatched(in), nil
}

func open(conf *service.ParsedConfig, res *service.Resources, limit int) (service.BatchInput, error) {
	policy, err := conf.FieldBatchPolicy("batching")
	if err != nil {
		return nil, err
	}
	// Only full batches, so that they are the same each time.
	policy.Period = ""
	if policy.IsNoop() {
		policy.Count = 1
	}
	lines := json.NewDecoder(bufio.NewReader(os.Stdin))
	return &input{lines: lines, policy: policy, limit: limit, res: res, batches: make(chan batch)}, nil
}

func (i *input) Connect(context.Context) error {
	i.start.Do(func() { go i.read() })
	return nil
}

// read hands out full batches as they come, and what is left at the end.
func (i *input) read() {
	defer close(i.batches)
	partitions := map[int]*partition{}
	for {
		var next record
		if err := i.lines.Decode(&next); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			panic(err)
		}
		if partitions[next.Partition] == nil {
			batcher, err := i.policy.NewBatcher(i.res)
			if err != nil {
				panic(err)
			}
			partitions[next.Partition] = &partition{batcher: batcher, room: make(chan struct{}, i.limit)}
		}
		if full := partitions[next.Partition].add(next); full != nil {
			i.handOut(full, partitions[next.Partition].room)
		}
	}
	for _, left := range partitions {
		if len(left.records) > 0 {
			i.handOut(left.records, left.room)
		}
	}
}

// handOut waits until the partition has room for the batch.
func (i *input) handOut(records []record, room chan struct{}) {
	for range records {
		room <- struct{}{}
	}
	i.batches <- batch{records, room}
}

// partition gathers a batch.
type partition struct {
	batcher *service.Batcher
	records []record
	room    chan struct{}
}

// add returns the batch once it is full.
func (p *partition) add(next record) (full []record) {
	p.records = append(p.records, next)
	if !p.batcher.Add(next.message()) {
		return nil
	}
	if _, err := p.batcher.Flush(context.Background()); err != nil {
		panic(err)
	}
	full, p.records = p.records, nil
	return full
}

func (i *input) ReadBatch(ctx context.Context) (service.MessageBatch, service.AckFunc, error) {
	select {
	case next, isOpen := <-i.batches:
		if !isOpen {
			return nil, nil, service.ErrEndOfInput
		}
		messages := service.MessageBatch{}
		for _, one := range next.records {
			messages = append(messages, one.message())
		}
		return messages, func(context.Context, error) error {
			last := next.records[len(next.records)-1]
			tell(map[string]any{"acknowledged": map[string]int{"partition": last.Partition, "offset": last.Offset}})
			for range next.records {
				<-next.room
			}
			return nil
		}, nil
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

func (i *input) Close(context.Context) error { return nil }

// output writes a batch, whole or, for every FAIL_EVERY-th one, only its first half. A message beyond the limit is refused.
type output struct {
	topic, key *service.InterpolatedString
	maxBytes   int
	failEvery  int64
	writes     atomic.Int64
}

func outputSpec() *service.ConfigSpec {
	return service.NewConfigSpec().Fields(
		service.NewStringListField("seed_brokers"),
		service.NewInterpolatedStringField("topic"),
		service.NewInterpolatedStringField("key"),
		service.NewIntField("max_message_bytes"),
		service.NewIntField("max_in_flight").Default(10),
	)
}

func newOutput(conf *service.ParsedConfig, _ *service.Resources) (
	out service.BatchOutput, policy service.BatchPolicy, maxInFlight int, err error,
) {
	o := &output{}
	out = o
	if every := os.Getenv("FAIL_EVERY"); every != "" {
		if o.failEvery, err = strconv.ParseInt(every, 10, 64); err != nil {
			return
		}
	}
	if o.topic, err = conf.FieldInterpolatedString("topic"); err != nil {
		return
	}
	if o.key, err = conf.FieldInterpolatedString("key"); err != nil {
		return
	}
	if o.maxBytes, err = conf.FieldInt("max_message_bytes"); err != nil {
		return
	}
	maxInFlight, err = conf.FieldInt("max_in_flight")
	return
}

func (o *output) Connect(context.Context) error { return nil }

func (o *output) WriteBatch(_ context.Context, messages service.MessageBatch) error {
	fails := o.failEvery > 0 && o.writes.Add(1)%o.failEvery == 0
	for n, message := range messages {
		if fails && n == len(messages)/2 {
			return errors.New("the broker is away")
		}
		topic, err := messages.TryInterpolatedString(n, o.topic)
		if err != nil {
			return err
		}
		key, err := messages.TryInterpolatedString(n, o.key)
		if err != nil {
			return err
		}
		value, err := message.AsBytes()
		if err != nil {
			return err
		}
		if len(value)+len(key) > o.maxBytes {
			return fmt.Errorf("a message of %d bytes is too large", len(value))
		}
		tell(map[string]string{"topic": topic, "key": key, "value": string(value)})
	}
	return nil
}

func (o *output) Close(context.Context) error { return nil }
